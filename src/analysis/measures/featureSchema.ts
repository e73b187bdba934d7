/** The features of a curve as a person writes them: `{ feature: fluctuation, of: trainLoss }`. */

import * as z from 'zod';
import { key } from '../../base/keys.js';

const epochs = z.int().min(1);

/** One of `curveMetrics`, or of the study's own; which are there is known where a study is. */
export const curveKey = key(z.string().min(1), 'the curve: a metric of each epoch');
const windowKey = key(epochs.default(10), 'epochs that are averaged, 10');

export const features = [
  z.strictObject({ feature: z.literal('onset'), of: curveKey }),
  z.strictObject({ feature: z.literal('rise'), of: curveKey }),
  z.strictObject({
    feature: z.literal('fluctuation'),
    of: curveKey,
    over: key(epochs.min(3).optional(), 'the last so many epochs; without it max(3, 10%)'),
  }),
  z.strictObject({
    feature: z.literal('plateau'),
    of: curveKey,
    within: key(z.number().gt(0), 'how near to its last level the curve stays'),
    window: windowKey,
  }),
  z.strictObject({
    feature: z.literal('change'),
    of: curveKey,
    from: key(epochs, 'the epoch from which on the change is measured'),
    window: windowKey,
  }),
  z.strictObject({ feature: z.literal('setback'), of: curveKey, window: windowKey }),
  z.strictObject({
    feature: z.literal('mean'),
    of: curveKey,
    over: key(epochs, 'the last so many epochs'),
  }),
] as const;

export const featureSchema = z.discriminatedUnion('feature', features);
export type FeatureSpec = z.output<typeof featureSchema>;

/** How far a curve stays on one side of another trial's: the other trial is named where features are asked for. */
export interface LeadSpec {
  readonly feature: 'lead';
  readonly of: string;
  readonly direction: 'higher' | 'lower';
}
