/** What was held fixed in a comparison, in words: each fixed value is a caveat of the conclusion. */

import type { StudyRecords } from '../../store/records.js';
import { levelAt } from '../../study/levels.js';
import type { Factor, LevelValue, ResolvedStudy } from '../../study/types.js';
import { isImported } from '../trials/imported.js';
import { baselineLevels } from '../trials/levels.js';
import type { RunGroup } from '../trials/runGroup.js';
import { nuisancePaths } from '../trials/trials.js';
import { joinWords } from '../words/format.js';
import { factorLabel, factorLevelLabel, levelLabel } from '../words/labels.js';

const MAIN = ['learningRate', 'schedule', 'weightDecay', 'activation'];

/** A comparison: the paths that differ, the factors that the design crosses, and its cells. */
interface Compared {
  readonly varied: readonly string[];
  readonly factors: readonly Factor[];
  readonly cells: readonly { readonly cell: RunGroup }[];
}

/** What a comparison holds fixed, averages over and leaves free. */
export interface Held {
  /** `schedule constant`, `batch size 128`. */
  readonly fixed: readonly string[];
  /** `averaged over weight decay (0, 0.01)`. */
  readonly averaged: readonly string[];
  /** `not fixed: learning rate, chosen by the search for each level (...)`; empty where nothing was tuned. */
  readonly tuned: string;
}

export const NOTHING_HELD: Held = { fixed: [], averaged: [], tuned: '' };

/** All of it, as one clause. */
export function heldText({ fixed, averaged, tuned }: Held): string {
  return [[...fixed, ...averaged].join(', '), tuned].filter((part) => part !== '').join('; ');
}

/**
 * What all comparisons of a study hold fixed, once for all of them, and where the other factors stand meanwhile. Empty
 * where nothing is compared or known.
 */
export function sharedHeld({ study }: StudyRecords, all: readonly Held[]): string[] {
  const [first, ...rest] = all;
  if (first === undefined) return [];
  const shared = first.fixed.filter((part) => rest.every(({ fixed }) => fixed.includes(part)));
  const apart = [...new Set(all.flatMap(({ fixed }) => fixed))].filter((part) => !shared.includes(part));
  const alone =
    study.method.name === 'one-factor'
      ? 'While one factor is varied the others stay at the baseline'
      : 'Where a comparison does not vary them, these stay at the baseline';
  return [
    ...(shared.length === 0
      ? []
      : [`Held fixed in every comparison, so that each is a caveat of all of them: ${shared.join(', ')}.`]),
    ...(apart.length === 0 ? [] : [`${alone}: ${apart.join(', ')}.`]),
  ];
}

/**
 * The four main hyperparameters and the other factors but for `varied`, then network, optimizer, epochs and batch size.
 * A factor that the design crosses is averaged over, and said so; one that the search tuned is not fixed, and each side's
 * value is told. Of imported curves only the levels are known.
 */
export function heldOf(records: StudyRecords, compared: Compared): Held {
  const { study } = records;
  const { varied, factors } = compared;
  const crossed = study.method.name === 'one-factor' ? [] : factors;
  const averaged = crossed.filter(({ path }) => !varied.includes(path)).map(({ path }) => path);
  const free = new Set([...varied, ...averaged, ...nuisancePaths(study)]);
  const known =
    study.baseline.command !== undefined
      ? Object.keys(study.baseline.command.values)
      : isImported(records)
        ? []
        : MAIN;
  const paths = [...new Set([...known, ...study.factors.map(({ path }) => path)])];
  const own: Readonly<Record<string, LevelValue>> = baselineLevels(study);
  const fixed = paths
    .filter((path) => !free.has(path))
    .map((path) => factorLevelLabel(path, own[path] ?? levelAt(study.baseline, path)));
  const over = crossed
    .filter(({ path }) => averaged.includes(path))
    .map(({ path, levels }) => `averaged over ${factorLabel(path)} (${levels.map(levelLabel).join(', ')})`);
  const rest = isImported(records) || study.trainer !== 'engine' ? [] : protocol(records, [...free]);
  return { fixed: [...fixed, ...rest], averaged: over, tuned: tunedText(study, compared) };
}

/** `not fixed: learning rate, chosen by the search for each level (0.1 for schedule cosine, 0.01 for schedule constant)`. */
function tunedText(study: ResolvedStudy, { varied, cells }: Compared): string {
  const tuned = nuisancePaths(study);
  if (tuned.length === 0) return '';
  const names = joinWords(tuned.map(factorLabel));
  const scientific = varied.filter((path) => !tuned.includes(path));
  const values = cells.map(({ cell: { levels, isExplicit } }) => {
    if (tuned.some((path) => !(path in levels))) return null;
    const chosen = tuned.map((path) => levelLabel(levels[path]!)).join(' and ');
    if (isExplicit) return `${chosen} as given for the trial`;
    const where = scientific.map((path) => factorLevelLabel(path, levels[path] ?? null));
    return `${chosen} for ${where.join(', ')}`;
  });
  const isShort = cells.length <= 2 && values.every((value) => value !== null);
  const each = cells.length > 2 ? 'combination of levels' : 'level';
  return `not fixed: ${names}, chosen by the search for each ${each}${isShort ? ` (${values.join('; ')})` : ''}`;
}

function protocol({ study }: StudyRecords, varied: readonly string[]): string[] {
  const { network, training } = study.baseline;
  const isVaried = (path: string) => varied.some((one) => one === path || one.startsWith(`${path}.`));
  const width = network.name === 'mobilenet' ? ` of width ${network.width}` : '';
  return [
    ...(isVaried('network') ? [] : [`${network.name}${width}`]),
    ...(isVaried('training.optimizer') ? [] : [training.optimizer.name]),
    ...(isVaried('training.epochs') ? [] : [`${training.epochs} epochs`]),
    ...(isVaried('training.batchSize') ? [] : [`batch size ${training.batchSize}`]),
  ];
}
