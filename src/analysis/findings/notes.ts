/** The caveats of a confirmatory finding, each one sentence. */

import { maxOf, minOf } from '../../base/extremes.js';
import type { Decided } from '../../stats/decision.js';
import { decaySteps } from '../../study/decaySteps.js';
import type { GroupedStudy } from '../trials/study.js';
import { count, formatNumber, joinWords } from '../words/format.js';
import { factorLabel } from '../words/labels.js';
import type { UnseenCollapse } from '../words/results.js';
import type { DeclaredContrast } from './family.js';
import { amount, margin } from './sentences.js';
import type { SimpleEffects } from './simple.js';
import { unseenNotes } from './unseen.js';

export function confirmatoryNotes(
  study: GroupedStudy,
  contrast: DeclaredContrast,
  decided: Decided | null,
  effects: SimpleEffects | null,
  unseen: UnseenCollapse | null,
): string[] {
  return [
    ...averageNotes(contrast, effects),
    ...curseNotes(study, decided),
    ...unseenNotes(study, unseen),
    ...seedNotes(study, decided),
    ...decayNotes(study, contrast),
    ...unequalNotes(contrast),
    ...backendNotes(contrast),
    ...lengthNotes(study, contrast),
  ];
}

/** The mean over another factor's levels describes none of them where the effect depends on it. */
function averageNotes(contrast: DeclaredContrast, effects: SimpleEffects | null): string[] {
  if (contrast.kind !== 'level' || effects === null || !effects.depends) return [];
  return [
    `The estimate is a mean over the levels of ${factorLabel(effects.on)}, and describes none of them.`,
  ];
}

/** Below a tenth an exaggeration is small beside the interval. */
const MOST_EXAGGERATION = 1.1;

/** The winner's curse, where it matters: what is found at a low power is found too large. */
function curseNotes({ metric: measure }: GroupedStudy, decided: Decided | null): string[] {
  if (decided === null || decided.exaggeration === null) return [];
  const { ratio, power } = decided.exaggeration;
  if (ratio <= MOST_EXAGGERATION) return [];
  const excess = amount((ratio - 1) * decided.estimate, measure);
  return [
    `Winner’s curse: with ${count(minOf(decided.n), 'seed')} a true effect of this size is found in ${formatNumber(100 * round(power))}% of studies, and the estimates that find it are on average too large by about ${excess} (${formatNumber(100 * round(ratio - 1))}%); more if it is smaller.`,
  ];
}

const round = (share: number) => Math.round(100 * share) / 100;

/** Above so many seeds the number says only that this study cannot decide it. */
const MOST_SEEDS = 100;

/** How many seeds would find the smallest effect worth knowing: only where the data left it open. */
function seedNotes({ records: { study }, metric: measure }: GroupedStudy, decided: Decided | null): string[] {
  if (decided === null || decided.outcome !== 'inconclusive' || decided.needed?.status !== 'ok') return [];
  const { seeds, deviation } = decided.needed;
  const have = minOf(decided.n);
  const target = `a difference of ${margin(study.smallestEffect, measure)}`;
  const by = `by a deviation of ${amount(deviation, measure)}`;
  if (seeds <= have) return [`${count(have, 'seed')} are enough to find ${target}, ${by}.`];
  const needed = seeds > MOST_SEEDS ? `more than ${MOST_SEEDS} seeds` : count(seeds, 'seed');
  return [`To find ${target}: ${needed} per trial, ${by}.`];
}

/** Weight decay that differs between the sides, in runs too short for it: that little was found says little. */
function decayNotes({ records }: GroupedStudy, { cells, kind }: DeclaredContrast): string[] {
  const images = records.split?.train.length ?? null;
  if (images === null || kind === 'interaction') return [];
  const sides = cells.flatMap(({ cell }) => cell.runs[0]?.record.configuration ?? []);
  if (new Set(sides.map(({ weightDecay }) => weightDecay)).size < 2) return [];
  const slow = sides.flatMap((own) => {
    const { batchSize, epochs } = own.training;
    const [steps, needed] = [Math.floor(images / batchSize) * epochs, decaySteps(own)];
    return needed !== null && needed > steps ? [{ ...own, steps, needed }] : [];
  });
  const [worst] = slow.sort((a, b) => b.needed / b.steps - a.needed / a.steps);
  if (worst === undefined) return [];
  return [
    `Weight decay ${worst.weightDecay} at learning rate ${worst.learningRate} acts over about ${formatNumber(Math.round(worst.needed))} steps, and a run has ${formatNumber(worst.steps)}: what it does in longer runs is not seen here.`,
  ];
}

function unequalNotes(contrast: DeclaredContrast): string[] {
  if (contrast.problem !== null || contrast.cells.some(({ cell }) => cell.runs.length === 0)) return [];
  const open = contrast.cells.filter(({ cell }) => cell.open > 0);
  if (open.length === 0) return [];
  const parts = open.map(
    ({ cell }) => `${cell.ended} of ${count(cell.counts.declared, 'run')} of ${cell.fullLabel}`,
  );
  return [`Ended so far: ${joinWords(parts)}.`];
}

/** A command decides itself how long it trains: one that stops early is measured at its own end. */
function lengthNotes({ records }: GroupedStudy, contrast: DeclaredContrast): string[] {
  if (records.study.trainer === 'engine') return [];
  const runs = contrast.cells.flatMap(({ cell }) =>
    cell.runs.filter(({ record }) => record.status === 'done'),
  );
  const ends = runs.map(({ record }) => record.epochsDone);
  if (ends.length === 0 || minOf(ends) === maxOf(ends)) return [];
  return [
    `The compared runs end after ${minOf(ends)} to ${maxOf(ends)} epochs: each is measured at its own end.`,
  ];
}

function backendNotes(contrast: DeclaredContrast): string[] {
  const backends = contrast.cells.flatMap(({ cell }) =>
    cell.runs.flatMap(({ record }) => record.backend?.backend ?? []),
  );
  const names = [...new Set(backends)];
  return names.length > 1
    ? [`The compared runs were trained by different backends: ${joinWords(names)}.`]
    : [];
}
