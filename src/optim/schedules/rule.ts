/** What a schedule declares. */
import * as z from 'zod';
import { type ChoiceDefinition, key } from '../../base/keys.js';

/** A schedule as it is resolved: its name and every option. */
export interface ScheduleRule {
  readonly name: string;
  readonly warmup: number;
}

export interface ScheduleDefinition<Rule extends ScheduleRule> extends ChoiceDefinition {
  readonly name: Rule['name'];
  /** Of the options that need not be given; a schedule whose options all have one may be written as its bare name. */
  readonly defaults: Partial<Rule>;
  /**
   * The learning rate of an epoch.
   * @param base the configured rate
   * @param done epochs since the warmup, from 0
   * @param total epochs of the run after the warmup, at least 1
   */
  rate(rule: Rule, base: number, done: number, total: number): number;
  /** Whether the rate of an epoch changes with the run's number of epochs. */
  dependsOnTotal(rule: Rule): boolean;
}

/** Every schedule's option: in epochs e < n the rate is base * (e + 1) / (n + 1), and the rule counts from epoch n. */
export const warmup = key(z.int().min(0).optional(), 'epochs in which the rate rises to its value');
