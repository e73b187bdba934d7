/** The reading plan: plain data that says how files are read. It is shown, kept, and read back to repeat an import. */

import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { requestError } from '../base/errors.js';
import { isPlainObject } from '../study/paths.js';
import { check, problemsError } from '../study/problems.js';
import { type Choices, choicesSchema } from './choices.js';
import { METRICS } from './reading/headers.js';
import { UNITS } from './reading/units.js';

export const planFormatVersion = 1;

const text = z.string();

const columnSchema = z.strictObject({
  column: text,
  unit: z.enum(UNITS).optional(),
  /** What the column holds, for the reader of the plan. */
  range: text.optional(),
});

const readingSchema = z.strictObject({
  format: text,
  /** How the text is written, where it is not plain CSV: separator, decimal, encoding, compression. */
  form: z.record(text, text).optional(),
  /** `first`: what the files call the first epoch. */
  axis: z.strictObject({
    kind: z.enum(['epoch', 'step', 'row']),
    column: text.optional(),
    first: z.literal([0, 1]).optional(),
  }),
  /** Columns that tell the runs of one file apart. */
  runColumns: z.array(text).optional(),
  columns: z.partialRecord(z.enum(METRICS), columnSchema),
  unread: z.record(text, text).optional(),
});

const pieceSchema = z.strictObject({
  file: z.union([text, z.array(text)]),
  reading: z.int().min(0),
  part: z.record(text, text).optional(),
});

const runSchema = z.strictObject({
  run: text,
  levels: z.record(text, z.unknown()),
  seed: z.int().min(0),
  /** Where levels and seed stand, where it is not the name. */
  from: z.record(text, text).optional(),
  epochs: text.optional(),
  status: z.enum(['done', 'diverged', 'interrupted']).optional(),
  pieces: z.array(pieceSchema).min(1),
});

export const planSchema = z.strictObject({
  formatVersion: z.literal(planFormatVersion),
  /** What was decided by options. */
  choices: choicesSchema,
  readings: z.array(readingSchema),
  runs: z.array(runSchema).min(1),
  /** Hyperparameters that are the same in all runs: no factors. */
  held: z.record(text, z.unknown()).optional(),
  /** Files and runs that are not in the study, and why. */
  leftOut: z.array(z.strictObject({ file: text, why: text })),
  seeds: z.record(text, z.int()).optional(),
  notes: z.array(text),
  /** The readings in words; kept for the report. */
  readAs: z.array(text).optional(),
  files: z.array(z.strictObject({ file: text, bytes: z.int(), sha256: text })).optional(),
});

export type ReadingPlan = z.output<typeof planSchema>;
export type PlanReading = ReadingPlan['readings'][number];
export type PlanRun = ReadingPlan['runs'][number];

/** YAML, with the one line that tells how to use it. */
export function formatPlan(plan: ReadingPlan): string {
  const head =
    '# How these files are read. `ceteris import FILES --as THIS.yaml --out DIR` reads them so again.\n';
  return head + stringify(plan, { aliasDuplicateObjects: false, lineWidth: 0 });
}

const choicesFileSchema = z.strictObject({
  formatVersion: z.literal(planFormatVersion).optional(),
  choices: choicesSchema,
});

/** What `--as` is given: a whole plan, or a file of which only `choices` is written. */
export interface GivenReading {
  readonly plan: ReadingPlan | null;
  readonly choices: Choices;
}

/** @throws a request error where the text is neither, or of a newer version */
export function parseReading(contents: string, file: string): GivenReading {
  const data = readYaml(contents, file);
  if (data === null || data === undefined) {
    throw requestError({
      what: 'a reading plan is empty',
      where: file,
      rule: 'YAML as `ceteris import ... --check` prints it, or a file with `choices`',
      value: 'nothing',
    });
  }
  const isWhole = isPlainObject(data) && ('readings' in data || 'runs' in data);
  if (isWhole || !isPlainObject(data)) {
    const plan = checkedPlan(data, file);
    return { plan, choices: plan.choices };
  }
  const checked = check(choicesFileSchema, data);
  if ('problems' in checked) throw problemsError(checked.problems, file);
  return { plan: null, choices: checked.value.choices };
}

/** @throws a request error where the text is no plan, or one of a newer version */
export function parsePlan(contents: string, file: string): ReadingPlan {
  return checkedPlan(readYaml(contents, file), file);
}

/** @throws a request error where the text is no YAML, or of a newer version */
function readYaml(contents: string, file: string): unknown {
  let data: unknown;
  try {
    data = parse(contents, { logLevel: 'error' });
  } catch (cause) {
    throw requestError({
      what: 'a reading plan cannot be read',
      where: file,
      rule: 'YAML, as `ceteris import ... --check` prints it',
      value: cause instanceof Error ? cause.message.split('\n')[0]! : String(cause),
      cause,
    });
  }
  const version = (data as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > planFormatVersion) {
    throw requestError({
      what: 'a reading plan was written by a newer version of Ceteris',
      where: file,
      rule: `formatVersion at most ${planFormatVersion}`,
      value: String(version),
      advice: 'update Ceteris',
    });
  }
  return data;
}

function checkedPlan(data: unknown, file: string): ReadingPlan {
  const checked = check(planSchema, data);
  if ('problems' in checked) throw problemsError(checked.problems, file);
  return checked.value;
}
