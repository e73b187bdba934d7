/** The JSON files of a study: run.json, split.json and selection.json, checked when they are read. */
import * as z from 'zod';
import { workError } from '../base/errors.js';
import type { RunRecord, SelectionFile, SplitRecord } from './records.js';

const version = 1;
const nonFinite = ['NaN', 'Infinity', '-Infinity'];

/** JSON in which numbers that JSON does not have stand as the texts `NaN`, `Infinity`, `-Infinity`. */
export function toJson(value: unknown, indent?: number): string {
  const replace = (_: string, inner: unknown) =>
    typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner;
  return JSON.stringify(value, replace, indent);
}

/** The way back. */
export function fromJson(text: string): unknown {
  const revive = (_: string, inner: unknown) =>
    typeof inner === 'string' && nonFinite.includes(inner) ? Number(inner) : inner;
  return JSON.parse(text, revive) as unknown;
}

const number = z.union([
  z.number(),
  z.nan(),
  z.literal([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
]);
const text = z.string();
const nullableText = text.nullable();
const seed = z.looseObject({ label: z.int(), data: z.int(), initial: z.int() });

const runRecord = z.looseObject({
  formatVersion: z.literal(version),
  id: text,
  trialName: text,
  levels: z.record(text, z.unknown()),
  seed,
  configuration: z
    .looseObject({ dataset: z.looseObject({}), network: z.looseObject({}), training: z.looseObject({}) })
    .nullable(),
  fingerprint: text,
  datasetChecksum: nullableText,
  initialChecksum: text.optional(),
  status: z.enum(['waiting', 'running', 'done', 'diverged', 'failed', 'interrupted']),
  statusReason: nullableText,
  epochsDone: z.int().min(0),
  epochs: z.int().min(0),
  backend: z.looseObject({ backend: text, variant: text, precision: text }).nullable(),
  versions: z.record(text, text),
  host: z.looseObject({ name: text }).nullable(),
  gitCommit: nullableText,
  startedAt: nullableText,
  endedAt: nullableText,
  seconds: number,
  variantChanges: z.array(text),
  test: z.looseObject({ loss: number, accuracy: number }).nullable(),
  calibration: z
    .looseObject({
      expectedCalibrationError: number,
      temperature: number.nullable(),
      lossAtTemperature: number.nullable(),
    })
    .nullable(),
  source: nullableText,
  rows: z.int().min(0).optional(),
  trainer: z.looseObject({ command: z.array(text), folder: text, attempts: z.int().min(0) }).optional(),
  endedByDesign: text.optional(),
  cluster: z.looseObject({ sittings: z.array(z.looseObject({ job: text })) }).optional(),
});

const indices = z.array(z.int().min(0));
const splitRecord = z.looseObject({
  formatVersion: z.literal(version),
  dataset: text,
  checksum: text,
  train: indices,
  validation: indices,
  test: indices,
  notes: z.array(text),
});

const levels = z.record(text, z.unknown());
const selectionFile = z.looseObject({
  formatVersion: z.literal(version),
  selections: z.array(
    z.looseObject({
      at: text,
      metric: z.looseObject({ name: text, goal: text, at: text }),
      seeds: z.array(z.int()),
      basis: text,
      levels: z.array(
        z.looseObject({
          name: text,
          levels,
          chosen: levels.nullable(),
          value: number.nullable(),
          trials: z.int().min(0),
          finished: z.int().min(0),
        }),
      ),
    }),
  ),
});

function parse(contents: string, schema: z.ZodType, what: string, file: string): unknown {
  let data: unknown;
  try {
    data = fromJson(contents);
  } catch (cause) {
    throw damaged(what, file, 'JSON', cause);
  }
  const found = (data as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof found === 'number' && found > version) {
    throw workError({
      what: `${what} was written by a newer version of Ceteris`,
      where: file,
      rule: `format version at most ${version}`,
      value: String(found),
      advice: 'update Ceteris',
    });
  }
  const result = schema.safeParse(data);
  if (result.success) return data;
  const [issue] = result.error.issues;
  throw damaged(what, file, `${issue.path.join('.') || 'the whole'}: ${issue.message}`, result.error);
}

function damaged(what: string, where: string, rule: string, cause: unknown): Error {
  return workError({
    what: `${what} is damaged`,
    where,
    rule,
    advice: 'restore the file, or remove it: what it describes is then made again',
    cause,
  });
}

export function formatRunRecord(record: RunRecord): string {
  return `${toJson(record, 2)}\n`;
}

/** @throws a work error where the text is damaged or of a newer version */
export function parseRunRecord(contents: string, file: string): RunRecord {
  return parse(contents, runRecord, 'the record of a run', file) as RunRecord;
}

export function formatSplit(split: SplitRecord): string {
  return `${toJson(split)}\n`;
}

/** @throws a work error where the text is damaged or of a newer version */
export function parseSplit(contents: string, file: string): SplitRecord {
  return parse(contents, splitRecord, 'the record of the splits', file) as SplitRecord;
}

const importFile = z.looseObject({ readAs: z.array(text).default([]), notes: z.array(text).default([]) });

/**
 * How the files of an imported study were read, in words; the plan beside it is read by `import/` only.
 * @throws a work error where the text is damaged or of a newer version
 */
export function parseImportWords(
  contents: string,
  file: string,
): { readonly readAs: readonly string[]; readonly notes: readonly string[] } {
  const { readAs = [], notes = [] } = parse(contents, importFile, 'the record of an import', file) as {
    readAs?: string[];
    notes?: string[];
  };
  return { readAs, notes };
}

export function formatSelections(file: SelectionFile): string {
  return `${toJson(file, 2)}\n`;
}

/** @throws a work error where the text is damaged or of a newer version */
export function parseSelections(contents: string, file: string): SelectionFile {
  return parse(contents, selectionFile, 'the record of the selections', file) as SelectionFile;
}
