/** What a person decides about an import: every option of the command line, also kept in the plan. */

import * as z from 'zod';
import { ENCODINGS } from './files/text.js';

const text = z.string().min(1);

export const choicesSchema = z.strictObject({
  /** How names tell the levels. */
  levels: text.optional(),
  /** What texts in names mean: `sigmoid={ name: sigmoid, blocks: 4-10 }`. */
  means: z.array(text).optional(),
  /** `dropout=0`: levels of runs that do not tell a hyperparameter which others tell. */
  absent: z.array(text).optional(),
  /** A table of runs: a column with their names, the others are levels. */
  runs: text.optional(),
  /** `trainLoss=Loss (train)`; `trainLoss=` leaves it out. */
  columns: z.array(text).optional(),
  /** Columns that are not read, and hyperparameters that are no levels. */
  ignore: z.array(text).optional(),
  /** `percent`, `fraction`, or `validAccuracy=percent`. */
  unit: z.array(text).optional(),
  /** Columns that tell runs of one file apart. */
  runColumns: z.array(text).optional(),
  axis: z.enum(['epoch', 'step', 'row']).optional(),
  /** What the files call their first epoch; `file`: each what it begins with. */
  firstEpoch: z.literal([0, 1, 'file']).optional(),
  stepsPerEpoch: z.int().min(1).optional(),
  /** What to do with several values of one metric at one place. */
  repeats: z.enum(['last', 'first', 'mean']).optional(),
  /** All runs are cut after this epoch. */
  until: z.int().min(1).optional(),
  /** Why shorter runs ended by design. */
  finished: text.optional(),
  /** Files that are not read: names, with `*` for any part. */
  leaveOut: z.array(text).optional(),
  /** Where the seeds stand: a column or hyperparameter, `name` (of files and folders), or `none` (runs are numbered). */
  seeds: text.optional(),
  /** `seed1=1`: numbers of seeds that are words. */
  seed: z.array(text).optional(),
  /** Name of the run that is the baseline. */
  baseline: text.optional(),
  /** What the study is judged by. */
  metric: z
    .enum(['trainLoss', 'trainAccuracy', 'validLoss', 'validAccuracy', 'trainEvalLoss', 'trainEvalAccuracy'])
    .optional(),
  /** Smallest difference worth knowing: points for accuracies, nats for losses. */
  smallestEffect: z.number().gt(0).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  separator: text.optional(),
  decimal: z.enum(['point', 'comma']).optional(),
  format: text.optional(),
});

export type Choices = z.output<typeof choicesSchema>;
