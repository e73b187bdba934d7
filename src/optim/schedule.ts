/** Learning-rate schedules as pure functions of the epoch: one file, one table. */
import { requestError } from '../base/errors.js';

export const scheduleNames = ['constant', 'cosine', 'step'] as const;
export type ScheduleName = (typeof scheduleNames)[number];

/**
 * As the study file writes it: a name, or `{ name, ... }`.
 * - `constant`
 * - `cosine`: lr/2 * (1 + cos(pi * e / over)), down to 0; `over` epochs, else the run's (Loshchilov and Hutter,
 *   "SGDR", 2017, without restarts)
 * - `step`: times `factor` after each `every` epochs
 * Each takes `warmup: n`: in epochs e < n the rate is base * (e + 1) / (n + 1), and the rule counts from epoch n.
 */
export type ScheduleSpec = string | { readonly [key: string]: unknown };

/** A schedule with every default written out. */
export type Schedule =
  | { readonly name: 'constant'; readonly warmup: number }
  | { readonly name: 'cosine'; readonly warmup: number; readonly over: number | null }
  | { readonly name: 'step'; readonly warmup: number; readonly every: number; readonly factor: number };

const optionsOf = {
  constant: ['warmup'],
  cosine: ['warmup', 'over'],
  step: ['warmup', 'every', 'factor'],
} as const satisfies Record<ScheduleName, readonly string[]>;

/**
 * Reads a schedule of a study file.
 * @throws a request error for an unknown name or option, and for impossible values
 */
export function parseSchedule(spec: ScheduleSpec): Schedule {
  const options = typeof spec === 'string' ? { name: spec } : spec;
  const name = scheduleNames.find((candidate) => candidate === options.name);
  if (name === undefined) {
    throw requestError({
      what: 'there is no such schedule',
      where: 'schedule',
      rule: `one of ${scheduleNames.join(', ')}`,
      value: JSON.stringify(options.name),
    });
  }
  const allowed: readonly string[] = optionsOf[name];
  const unknown = Object.keys(options).find((key) => key !== 'name' && !allowed.includes(key));
  if (unknown !== undefined) {
    throw requestError({
      what: `the ${name} schedule has no such option`,
      where: `schedule.${unknown}`,
      rule: `one of ${allowed.join(', ')}`,
      value: JSON.stringify(options[unknown]),
    });
  }
  const warmup = wholeEpochs(options.warmup ?? 0, 'warmup', 0);
  if (name === 'constant') return { name, warmup };
  if (name === 'step') {
    return { name, warmup, every: wholeEpochs(options.every, 'every', 1), factor: positive(options.factor) };
  }
  const over =
    options.over === undefined || options.over === null ? null : wholeEpochs(options.over, 'over', 1);
  return { name, warmup, over };
}

/**
 * The learning rate of a whole epoch.
 * @param schedule as in the study file, or parsed
 * @param base the configured learning rate
 * @param epoch counted from 0
 * @param totalEpochs epochs of the run; only some schedules look at it (see `dependsOnTotal`)
 */
export function learningRateAt(
  schedule: ScheduleSpec,
  base: number,
  epoch: number,
  totalEpochs: number,
): number {
  const rule = parseSchedule(schedule);
  if (epoch < rule.warmup) return (base * (epoch + 1)) / (rule.warmup + 1);
  const done = epoch - rule.warmup;
  switch (rule.name) {
    case 'constant':
      return base;
    case 'cosine': {
      const span = rule.over ?? Math.max(1, totalEpochs - rule.warmup);
      return (base / 2) * (1 + Math.cos((Math.PI * Math.min(done, span)) / span));
    }
    case 'step':
      return base * rule.factor ** Math.floor(done / rule.every);
    default:
      return rule satisfies never;
  }
}

/** Whether the rate of an epoch changes with the run's number of epochs: then more epochs make it another run. */
export function dependsOnTotal(schedule: ScheduleSpec): boolean {
  const rule = parseSchedule(schedule);
  return rule.name === 'cosine' && rule.over === null;
}

function wholeEpochs(value: unknown, option: string, least: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  throw requestError({
    what: `the schedule's ${option} is no number of epochs`,
    where: `schedule.${option}`,
    rule: `a whole number, at least ${least}`,
    value: value === undefined ? 'not given' : JSON.stringify(value),
  });
}

function positive(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw requestError({
    what: "the schedule's factor is no factor",
    where: 'schedule.factor',
    rule: 'a number above 0',
    value: value === undefined ? 'not given' : JSON.stringify(value),
  });
}
