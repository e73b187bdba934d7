/** Every metric, declared once: its unit, which way is better, what it is called, and the images that it sees. */

import type { Unit } from './units.js';

export interface MetricDefinition {
  readonly name: string;
  /** Within a sentence: `validation accuracy`. */
  readonly label: string;
  readonly unit: Unit;
  readonly goal: 'maximize' | 'minimize';
  /** The images it is measured on; `null` where the name does not tell. */
  readonly split: 'train' | 'valid' | 'test' | null;
}

/** What a study may say of a metric that is in no table. */
export type DeclaredMetric = Partial<Omit<MetricDefinition, 'name'>>;

/** Of one epoch each, in the order of tables. */
const CURVES = [
  { name: 'trainLoss', label: 'training loss', unit: 'loss', goal: 'minimize', split: 'train' },
  { name: 'trainAccuracy', label: 'training accuracy', unit: 'accuracy', goal: 'maximize', split: 'train' },
  {
    name: 'trainEvalLoss',
    label: 'training loss in evaluation mode',
    unit: 'loss',
    goal: 'minimize',
    split: 'train',
  },
  {
    name: 'trainEvalAccuracy',
    label: 'training accuracy in evaluation mode',
    unit: 'accuracy',
    goal: 'maximize',
    split: 'train',
  },
  { name: 'validLoss', label: 'validation loss', unit: 'loss', goal: 'minimize', split: 'valid' },
  {
    name: 'validAccuracy',
    label: 'validation accuracy',
    unit: 'accuracy',
    goal: 'maximize',
    split: 'valid',
  },
] as const satisfies readonly MetricDefinition[];

/** Measured once, at a run's end. */
const TESTS = [
  { name: 'testLoss', label: 'test loss', unit: 'loss', goal: 'minimize', split: 'test' },
  { name: 'testAccuracy', label: 'test accuracy', unit: 'accuracy', goal: 'maximize', split: 'test' },
] as const satisfies readonly MetricDefinition[];

/** A metric of one epoch that this project's own runs measure. */
export type CurveMetric = (typeof CURVES)[number]['name'];
export type MetricName = CurveMetric | (typeof TESTS)[number]['name'];

export const curveMetrics: readonly CurveMetric[] = CURVES.map(({ name }) => name);
export const metricNames: readonly MetricName[] = [...CURVES, ...TESTS].map(({ name }) => name);

const byName = new Map<string, MetricDefinition>([...CURVES, ...TESTS].map((one) => [one.name, one]));

/**
 * The metric of that name. One in no table (of another trainer: `valid/accuracy`) is what the study declares of it, and
 * what its last word is like otherwise.
 */
export function metricOf(
  name: string,
  declared: Readonly<Record<string, DeclaredMetric>> = {},
): MetricDefinition {
  const known = byName.get(name);
  if (known !== undefined) return known;
  const own = Object.hasOwn(declared, name) ? declared[name]! : {};
  return { name, label: words(name), ...likeness(words(name)), ...own };
}

/** The metrics of one unit: all accuracies, all losses. */
export function curveMetricsOf(unit: Unit): CurveMetric[] {
  return CURVES.filter((one) => one.unit === unit).map(({ name }) => name);
}

/** `validAccuracy` of `valid/accuracy` and `val_loss`'s kin, whose words say nothing else; else the name as it is. */
export function canonicalMetric(name: string): string {
  if (byName.has(name)) return name;
  const parts = words(name).split(' ');
  const { unit, split } = likeness(words(name));
  const plain = parts.every((one) => [...VALID, ...TRAIN, ...LOSS, ...ACCURACY].includes(one));
  if (!plain || unit === 'number' || split === null || new Set(parts).size !== 2) return name;
  return `${split}${unit === 'loss' ? 'Loss' : 'Accuracy'}`;
}

/** Whether the name of a metric tells which way is better. */
export function tellsGoal(name: string): boolean {
  const text = words(name).split(' ');
  return (
    byName.has(name) || likeness(words(name)).unit !== 'number' || ERRORS.some((one) => text.includes(one))
  );
}

/** Whether it is measured on the test split, by which nothing is chosen or judged. */
export function isTestMetric(name: string): boolean {
  return metricOf(name).split === 'test';
}

/** `valid accuracy` of `valid/accuracy` and `validAccuracy`. */
function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();
}

const VALID = ['valid', 'validation', 'val', 'eval'];
const TRAIN = ['train', 'training'];
const LOSS = ['loss', 'nll', 'entropy'];
const ACCURACY = ['accuracy', 'acc', 'top1'];
const ERRORS = ['error', 'err'];

function likeness(text: string): Pick<MetricDefinition, 'unit' | 'goal' | 'split'> {
  const has = (wanted: readonly string[]) => wanted.some((one) => text.split(' ').includes(one));
  const split = has(['test']) ? 'test' : has(VALID) ? 'valid' : has(TRAIN) ? 'train' : null;
  if (has(LOSS)) return { unit: 'loss', goal: 'minimize', split };
  if (has(ACCURACY)) return { unit: 'accuracy', goal: 'maximize', split };
  return { unit: 'number', goal: has(ERRORS) ? 'minimize' : 'maximize', split };
}
