/** A resolved study as the text of a study file with every default written out: study.yaml, which parses to itself. */
import { stringify } from 'yaml';
import { baselineKeys, configurationInput } from './configuration.js';
import type { Factor, ResolvedStudy, RunSeed, SelectionConfiguration } from './types.js';

/** @returns YAML such that `parseStudy(formatStudy(study))` equals `study` */
export function formatStudy(study: ResolvedStudy): string {
  return stringify(writtenStudy(study), { aliasDuplicateObjects: false });
}

/** The same as data. */
export function writtenStudy(study: ResolvedStudy): Record<string, unknown> {
  const { baseline, ...parts } = formatBaseline(study);
  return {
    formatVersion: study.formatVersion,
    name: study.name,
    question: study.question,
    ...parts,
    method: study.method,
    baseline,
    factors: Object.fromEntries(study.factors.map((factor) => [factor.path, formatFactor(factor)])),
    trials: study.trials,
    seeds: formatSeeds(study.seeds, study.seedStreams),
    metric: study.metric,
    ...(study.selection === null ? {} : { selection: formatSelection(study.selection) }),
    smallestEffect: study.smallestEffect,
    pairing: study.pairing,
    interactions: study.interactions,
    ...(study.launcher === null ? {} : { launcher: study.launcher }),
    report: study.report,
  };
}

/** The baseline, and the parts of the file that say what is trained. */
function formatBaseline({ baseline, trainer }: ResolvedStudy): Record<string, unknown> {
  if (baseline.command !== undefined) return { trainer, baseline: baseline.command.values };
  const { dataset, network, training, imported, ...input } = configurationInput(baseline);
  const parts = { dataset, network, training, ...(imported === undefined ? {} : { imported }) };
  return {
    ...parts,
    baseline: Object.fromEntries(Object.keys(baselineKeys).map((name) => [name, input[name]])),
  };
}

function formatFactor({ levels, range, role }: Factor): Record<string, unknown> {
  return range === null ? { values: levels, role } : { ...range, role };
}

function formatSeeds(seeds: readonly RunSeed[], streams: ResolvedStudy['seedStreams']): unknown {
  const labels = seeds.map((seed) => seed.label);
  if (streams === 'all') return labels;
  const [{ data, initial }] = seeds;
  return streams === 'data' ? { data: labels, initial } : { data, initial: labels };
}

function formatSelection({ metric, seeds }: SelectionConfiguration): unknown {
  return { metric, seeds: seeds.map(({ label }) => label) };
}
