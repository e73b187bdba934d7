/** What factors, levels and trials are called in tables, figures and sentences. */

import type { LevelValue } from '../study/types.js';

export type { LevelValue } from '../study/types.js';

/** One string for equal values, whatever the order of an object's keys. */
export function levelKey(value: LevelValue): string {
  if (Array.isArray(value)) return `[${value.map(levelKey).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value as Readonly<Record<string, LevelValue>>);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, inner]) => `${key}:${levelKey(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** `sigmoid in blocks 4-10`, `cosine over 300`, `crop + flip`, `0.0005`, `none`. */
export function levelLabel(value: LevelValue): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(levelLabel).join(' + ');
  if (typeof value === 'object') return objectLabel(value as Readonly<Record<string, LevelValue>>);
  return String(value);
}

function objectLabel(value: Readonly<Record<string, LevelValue>>): string {
  const { name, ...rest } = value;
  const parts = Object.entries(rest).map(([key, inner]) => {
    if (key === 'blocks') return `in blocks ${Array.isArray(inner) ? inner.join(', ') : levelLabel(inner)}`;
    return `${words(key)} ${levelLabel(inner)}`;
  });
  return [name === undefined ? '' : levelLabel(name), ...parts].filter((part) => part !== '').join(' ');
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

const METRIC_LABELS: Readonly<Record<string, string>> = {
  trainLoss: 'training loss',
  trainAccuracy: 'training accuracy',
  trainEvalLoss: 'training loss in evaluation mode',
  trainEvalAccuracy: 'training accuracy in evaluation mode',
  validLoss: 'validation loss',
  validAccuracy: 'validation accuracy',
  testLoss: 'test loss',
  testAccuracy: 'test accuracy',
  learningRate: 'learning rate',
};

/** `validation accuracy` of `validAccuracy`. */
export function metricLabel(name: string): string {
  return METRIC_LABELS[name] ?? words(name);
}
