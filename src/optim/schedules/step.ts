/** Times `factor` after each `every` epochs. */
import * as z from 'zod';
import { count, key } from '../../base/keys.js';
import { type ScheduleDefinition, type ScheduleRule, warmup } from './rule.js';

export interface StepRule extends ScheduleRule {
  readonly name: 'step';
  readonly every: number;
  readonly factor: number;
}

export const step = {
  name: 'step',
  keys: {
    warmup,
    every: key(count, 'epochs between drops'),
    factor: key(z.number().gt(0), 'what a drop multiplies the rate by'),
  },
  defaults: { warmup: 0 },
  rate: ({ every, factor }, base, done) => base * factor ** Math.floor(done / every),
  dependsOnTotal: () => false,
} as const satisfies ScheduleDefinition<StepRule>;
