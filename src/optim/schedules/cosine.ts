/**
 * lr/2 * (1 + cos(pi * e / over)), down to 0; `over` epochs, else the run's (Loshchilov and Hutter, "SGDR", 2017,
 * without restarts).
 */
import { count, key } from '../../base/keys.js';
import { type ScheduleDefinition, type ScheduleRule, warmup } from './rule.js';

export interface CosineRule extends ScheduleRule {
  readonly name: 'cosine';
  readonly over: number | null;
}

export const cosine = {
  name: 'cosine',
  keys: { warmup, over: key(count.nullable().optional(), 'epochs of the cosine; else those of the run') },
  defaults: { warmup: 0, over: null },
  rate: ({ over }, base, done, total) => {
    const span = over ?? total;
    return (base / 2) * (1 + Math.cos((Math.PI * Math.min(done, span)) / span));
  },
  dependsOnTotal: ({ over }) => over === null,
} as const satisfies ScheduleDefinition<CosineRule>;
