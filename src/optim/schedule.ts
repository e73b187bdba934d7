/** The learning-rate schedules, as pure functions of the epoch: one file each in schedules/, one line here. */
import * as z from 'zod';
import { requestError } from '../base/errors.js';
import { choiceSchema } from '../base/keys.js';
import { constant } from './schedules/constant.js';
import { cosine } from './schedules/cosine.js';
import type { ScheduleDefinition, ScheduleRule } from './schedules/rule.js';
import { step } from './schedules/step.js';

const definitions = [constant, cosine, step] as const;

/** As the study file writes it: a name, or `{ name, ... }`; each takes `warmup`. */
export type ScheduleSpec = string | ScheduleRule | { readonly [key: string]: unknown };

/** Those that may be written as their name alone: no option must be given. */
const bareNames = definitions
  .filter(({ keys }) => z.object(keys).safeParse({}).success)
  .map(({ name }) => name);

/** `schedule`, in the form that equal schedules share. */
export const scheduleSchema = z
  .union([
    z.enum(bareNames, { error: `one of ${bareNames.join(', ')}, or { name: step, every, factor }` }),
    choiceSchema(definitions, 'constant, cosine (down to 0 over the run) or step (drops by a factor)'),
  ])
  .transform(canonicalSchedule);

/** Without the options that are at their defaults; a bare name where none is left. */
function canonicalSchedule(spec: ScheduleSpec): string | { name: string; [option: string]: number | string } {
  const rule = parseSchedule(spec);
  const { defaults } = definitionOf(rule.name);
  const set = Object.entries(rule).filter(
    ([option, value]) => option !== 'name' && !Object.is(value, defaults[option as keyof typeof defaults]),
  );
  return set.length === 0 ? rule.name : { name: rule.name, ...Object.fromEntries(set) };
}

function definitionOf(name: string): ScheduleDefinition<ScheduleRule> {
  const found = definitions.find((one) => one.name === name);
  if (found !== undefined) return found as unknown as ScheduleDefinition<ScheduleRule>;
  throw requestError({
    what: 'there is no such schedule',
    where: 'schedule',
    rule: `one of ${definitions.map((one) => one.name).join(', ')}`,
    value: JSON.stringify(name),
  });
}

/**
 * A schedule of a study file with every option.
 * @throws a request error for an unknown name or option, and for impossible values
 */
export function parseSchedule(spec: ScheduleSpec): ScheduleRule {
  const { name, ...options } = typeof spec === 'string' ? { name: spec } : spec;
  const { name: known, keys, defaults } = definitionOf(name as string);
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(keys, option));
  if (unknown !== undefined) {
    throw requestError({
      what: `the ${known} schedule has no such option`,
      where: `schedule.${unknown}`,
      rule: `one of ${Object.keys(keys).join(', ')}`,
      value: JSON.stringify((options as Record<string, unknown>)[unknown]),
    });
  }
  const parsed = z.object(keys).safeParse(options);
  if (parsed.success) return { ...defaults, ...given(parsed.data), name: known } as ScheduleRule;
  const [{ path, message }] = parsed.error.issues;
  const option = String(path[0]);
  const value = (options as Record<string, unknown>)[option];
  throw requestError({
    what: `the schedule's ${option} is not possible`,
    where: `schedule.${option}`,
    rule: `${z.globalRegistry.get(keys[option])?.description ?? option}: ${message}`,
    value: value === undefined ? 'not given' : JSON.stringify(value),
  });
}

function given(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
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
  const total = Math.max(1, totalEpochs - rule.warmup);
  return definitionOf(rule.name).rate(rule, base, epoch - rule.warmup, total);
}

/** Whether the rate of an epoch changes with the run's number of epochs: then more epochs make it another run. */
export function dependsOnTotal(schedule: ScheduleSpec): boolean {
  const rule = parseSchedule(schedule);
  return definitionOf(rule.name).dependsOnTotal(rule);
}
