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
  const input = configurationInput(study.baseline);
  const baseline = Object.fromEntries(Object.keys(baselineKeys).map((name) => [name, input[name]]));
  return {
    formatVersion: study.formatVersion,
    name: study.name,
    question: study.question,
    dataset: input.dataset,
    network: input.network,
    training: input.training,
    ...(input.imported === undefined ? {} : { imported: input.imported }),
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
