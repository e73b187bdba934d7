/** The configured rate in every epoch. */
import { type ScheduleDefinition, type ScheduleRule, warmup } from './rule.js';

export interface ConstantRule extends ScheduleRule {
  readonly name: 'constant';
}

export const constant = {
  name: 'constant',
  keys: { warmup },
  defaults: { warmup: 0 },
  rate: (_rule, base) => base,
  dependsOnTotal: () => false,
} as const satisfies ScheduleDefinition<ConstantRule>;
