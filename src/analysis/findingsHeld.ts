/** What was held fixed in a comparison, in words: each fixed value is a caveat of the conclusion. */

import type { StudyRecords } from '../store/records.js';
import { levelAt } from '../study/levels.js';
import type { Factor, LevelValue } from '../study/types.js';
import { factorLabel, factorLevelLabel, levelLabel } from './labels.js';
import { baselineLevels } from './summaryLevels.js';

const MAIN = ['learningRate', 'schedule', 'weightDecay', 'activation'];

/**
 * The four main hyperparameters and the other factors but for `varied`, then network, optimizer, epochs and batch size.
 * A factor that the design crosses is averaged over, and said so. Of imported curves only the levels are known.
 */
export function heldText(
  records: StudyRecords,
  varied: readonly string[],
  factors: readonly Factor[],
): string {
  const { study } = records;
  const crossed = study.method.name === 'one-factor' ? [] : factors;
  const averaged = crossed.filter(({ path }) => !varied.includes(path));
  const known = isImported(records) ? [] : MAIN;
  const paths = [...new Set([...known, ...study.factors.map(({ path }) => path)])].filter(
    (path) => !varied.includes(path) && !averaged.some((factor) => factor.path === path),
  );
  const own: Readonly<Record<string, LevelValue>> = baselineLevels(records);
  const fixed = paths.map((path) => factorLevelLabel(path, own[path] ?? levelAt(study.baseline, path)));
  const over = averaged.map(
    ({ path, levels }) => `averaged over ${factorLabel(path)} (${levels.map(levelLabel).join(', ')})`,
  );
  return [...fixed, ...over, ...(isImported(records) ? [] : protocol(records, varied))].join(', ');
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

function isImported({ runs }: StudyRecords): boolean {
  return runs.some(({ record }) => record.source !== null);
}
