/** What factors, levels and trials are called in tables, figures and sentences. */

import { formatLevel } from '../../study/levels.js';
import { metricOf } from '../../study/metrics.js';
import { canonicalJson } from '../../study/paths.js';
import type { LevelValue } from '../../study/types.js';
import type { Unit } from '../../study/units.js';

export type { LevelValue } from '../../study/types.js';

/** One string for equal values, whatever the order of an object's keys. */
export function levelKey(value: LevelValue): string {
  return canonicalJson(value);
}

/** `sigmoid in blocks 4-10`, `cosine over 300`, `crop + flip`, `0.0005`, `none`. */
export function levelLabel(value: LevelValue): string {
  return formatLevel(value);
}

function words(camel: string): string {
  return camel.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}

/** `learning rate` of `learningRate`; of a longer path its last part: `momentum` of `training.optimizer.momentum`. */
export function factorLabel(path: string): string {
  if (path.includes(' x ')) return path.split(' x ').map(factorLabel).join(' × ');
  return words(path.slice(path.lastIndexOf('.') + 1));
}

/** `learning rate 0.2`. */
export function factorLevelLabel(path: string, value: LevelValue): string {
  return `${factorLabel(path)} ${levelLabel(value)}`;
}

/** `learning rate 0.2, weight decay 0`: all the given levels. */
export function levelsLabel(levels: Readonly<Record<string, LevelValue>>): string {
  return Object.entries(levels)
    .map(([path, value]) => factorLevelLabel(path, value))
    .join(', ');
}

/** `validation accuracy` of `validAccuracy`. */
export function metricLabel(name: string): string {
  return metricOf(name).label;
}

/** What its values measure. */
export function metricUnit(name: string): Unit {
  return metricOf(name).unit;
}
