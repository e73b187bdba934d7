/** The form of a claims file: what a person may write. Numbers stand in the units that reports use (see `unitOf`). */

import * as z from 'zod';
import { key } from '../../base/keys.js';
import { curveKey, featureSchema, features } from '../measures/featureSchema.js';

export const claimsFormatVersion = 1;

const text = z.string().min(1);
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
  error: 'letters, digits, dot, dash and underscore',
});
const epochs = z.int().min(1);

const levels = z.record(z.string(), z.unknown());
const trial = key(
  z.union([z.literal('baseline'), levels]),
  'baseline, or the levels that differ from it: { learningRate: 0.2 }',
);
const trials = z.array(trial).min(2);

const lead = z.strictObject({
  feature: z.literal('lead'),
  of: curveKey,
  than: trial,
  direction: key(z.enum(['higher', 'lower']), 'which side of the other curve'),
});

const curveFeature = z.discriminatedUnion('feature', [...features, lead]);
export type CurveFeature = z.output<typeof curveFeature>;

const measure = key(
  z.union([text, featureSchema]),
  'a measure of a run (validAccuracy.last), a metric of the own of the study (valid/f1), or a feature of a curve ({ feature: fluctuation, of: trainLoss })',
);
export type MeasureSpec = z.output<typeof measure>;

const reason = key(text, 'why this number and no other');
const bounds = {
  atLeast: key(z.number().optional(), 'the least value that the claim allows'),
  atMost: key(z.number().optional(), 'the largest value that the claim allows'),
};

const common = {
  id: key(id, 'short name, once in the file'),
  sentence: key(text, 'the claim, in one sentence'),
  source: key(text.optional(), 'where it stands; without it, the source of the file'),
  page: key(z.union([z.int(), text]).nullable().default(null), 'page of the source'),
  scope: key(
    z.enum(['runs', 'configurations']),
    'runs: what these curves show; configurations: what would happen again',
  ),
  group: key(text.nullable().default(null), 'claims of one group are listed together'),
  excludes: key(z.array(id).default([]), 'claims of the same group that cannot hold together with this one'),
};

const bound = key(
  z.boolean().optional(),
  'false: a tendency, held against runs of other epochs or another dataset than the file declares too',
);

const unit = key(
  z.literal('percent').optional(),
  'percent: an accuracy below 1, or a difference of accuracies below 0.1, is meant in per cent',
);

const claim = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ ...common, kind: key(z.literal(kind), 'what kind of claim it is'), ...shape });

export const claimSchema = z.discriminatedUnion('kind', [
  claim('level', {
    trial,
    bound,
    measure,
    value: key(z.number().optional(), 'the value that is claimed'),
    tolerance: key(z.number().gt(0).optional(), 'how far from it still counts'),
    unit,
    ...bounds,
    reason,
  }),
  claim('difference', {
    trial,
    bound,
    than: key(trial, 'the other trial'),
    measure,
    thanMeasure: key(measure.optional(), 'measure of the other trial, where it is not the same'),
    direction: key(z.enum(['higher', 'lower']), 'of the first trial against the other one'),
    atLeast: key(z.number().gt(0).optional(), 'least size of the difference'),
    atMost: key(z.number().gt(0).optional(), 'largest size of the difference'),
    reason: key(text.optional(), 'why these sizes, or this measure'),
    unit,
    across: key(text.optional(), 'a factor at each of whose levels the claim is meant to hold'),
  }),
  claim('same', {
    trials,
    bound,
    measure,
    margin: key(z.number().gt(0), 'largest difference that counts as none'),
    unit,
    reason,
  }),
  claim('order', {
    trials: key(trials, 'in the order that is claimed'),
    bound,
    measure,
    direction: key(z.enum(['rising', 'falling']), 'of the measure, from the first trial to the last'),
    reason: key(text.optional(), 'why this measure'),
  }),
  claim('curve', { trial, bound, criterion: key(curveFeature, 'a feature of a curve'), ...bounds, reason }),
  claim('best', {
    trial,
    bound,
    among: key(trials.optional(), 'the trials it is held against; without it, all of the study'),
    measure,
    goal: key(z.enum(['highest', 'lowest']), 'which value is the best'),
    reason: key(text.optional(), 'why this measure'),
  }),
  claim('all', {
    of: key(z.array(id).min(2), 'claims of this file, all of which have to hold'),
    reason: key(text.optional(), 'why these'),
  }),
  claim('mechanism', { why: key(text, 'why no curve can judge it') }),
]);
export type Claim = z.output<typeof claimSchema>;
export type TrialSpec = z.output<typeof trial>;

export const claimsFileSchema = z.strictObject({
  formatVersion: key(z.literal(claimsFormatVersion).optional(), 'version of this format'),
  source: key(text, 'what makes the claims'),
  pages: key(text.optional(), 'how pages were counted'),
  epochs: key(
    epochs.optional(),
    'length of the runs that the claims speak of: they are held against runs of this length only, but for those that say bound: false; of these, criteria that name an epoch never against shorter ones',
  ),
  dataset: key(
    text.optional(),
    'name of the dataset that the claims speak of: they are held against runs of this dataset only, but for those that say bound: false',
  ),
  trainer: key(
    z.enum(['engine', 'command']).optional(),
    'command: of runs that a command trained, whose levels have its names and any values; the study tells it where the file is held against one',
  ),
  baseline: key(levels.default({}), 'the levels that every trial has unless it says otherwise'),
  importedAs: key(
    z.record(z.string(), levels).default({}),
    'what imported runs, known by their file names only, mean by a level: { activation: { sigmoid: { name: sigmoid, blocks: 4-10 } } }',
  ),
  claims: key(z.array(claimSchema).min(1), 'the claims'),
});
export type ClaimsFile = z.output<typeof claimsFileSchema>;
