/** Loads CIFAR-10 or CIFAR-100 from a directory or a `.tar.gz`, straight into shared memory. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { requestError } from '../../base/errors.js';
import {
  type CifarFile,
  type CifarFormat,
  CifarReader,
  cifarImageBytes,
  type RecordTarget,
  wholeRecords,
} from '../cifar.js';
import { checkPublished } from '../cifarChecks.js';
import { allocateBytes, type DataProgress, type Dataset } from '../dataset.js';
import { withChecksum } from './checksum.js';
import { archiveMembers, directoryMembers, type Member } from './members.js';

/** Where the files lie: a folder that holds them, or an archive. */
export type CifarPlace =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'archive'; readonly path: string };

export interface CifarOptions {
  /** Which label byte becomes the label: its `kind` in the format. */
  readonly labels: string;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts files of any number of records, arriving in any order, into one array in the published order. Files with the
 * published number of records are read in place; only others are kept aside and copied, so that the memory of the
 * usual case is the data's own.
 */
class Assembly {
  readonly #format: CifarFormat;
  readonly #files: readonly CifarFile[];
  readonly #targets = new Map<string, RecordTarget>();
  #whole: RecordTarget | null = null;

  constructor(format: CifarFormat) {
    this.#format = format;
    this.#files = [...format.train, ...format.test];
  }

  /** Room for a file's records. Throws a request error for a second file of the same name. */
  place(name: string, records: number, where: string): RecordTarget {
    if (this.#targets.has(name)) {
      throw requestError({
        what: 'the archive holds a file twice',
        where,
        rule: `one ${name}`,
        value: 'a second one',
      });
    }
    let start = 0;
    let target: RecordTarget | null = null;
    for (const file of this.#files) {
      if (file.name === name && file.published === records) {
        this.#whole ??= emptyTarget(this.#files.reduce((sum, one) => sum + one.published, 0));
        target = part(this.#whole, start, records);
      }
      start += file.published;
    }
    target ??= emptyTarget(records);
    this.#targets.set(name, target);
    return target;
  }

  /** All records in order, and remarks on files of another length. Throws a request error where a file is missing. */
  finish(where: string): RecordTarget & { notes: string[]; trainExamples: number } {
    const notes: string[] = [];
    const parts = this.#files.map(({ name, published }) => {
      const target = this.#targets.get(name);
      if (target === undefined) throw this.#missing(name, where);
      const records = target.labels.length;
      if (records !== published)
        notes.push(`${name} holds ${records} records; the published file holds ${published}`);
      return target;
    });
    const trainExamples = countRecords(parts.slice(0, this.#format.train.length));
    if (notes.length === 0 && this.#whole !== null) return { ...this.#whole, notes, trainExamples };
    const all = emptyTarget(countRecords(parts));
    let start = 0;
    for (const one of parts) {
      all.pixels.set(one.pixels, start * cifarImageBytes);
      all.labels.set(one.labels, start);
      start += one.labels.length;
    }
    return { ...all, notes, trainExamples };
  }

  #missing(name: string, where: string): Error {
    return requestError({
      what: `a file of ${this.#format.title} is missing`,
      where,
      rule: this.#files.map((file) => file.name).join(', '),
      value: `no ${name}`,
      advice: `use the binary version, ${this.#format.archive.address}`,
    });
  }
}

function emptyTarget(records: number): RecordTarget {
  return { pixels: allocateBytes(records * cifarImageBytes), labels: allocateBytes(records) };
}

function part(whole: RecordTarget, start: number, records: number): RecordTarget {
  return {
    pixels: whole.pixels.subarray(start * cifarImageBytes, (start + records) * cifarImageBytes),
    labels: whole.labels.subarray(start, start + records),
  };
}

function countRecords(parts: readonly RecordTarget[]): number {
  return parts.reduce((sum, one) => sum + one.labels.length, 0);
}

/**
 * Reads, checks and assembles the whole dataset: training file first, then the test file. Another number of records
 * than published is accepted and stands in `notes`.
 * @throws CeterisError (request) for a truncated file or archive, a label out of range, or a missing file
 */
export async function loadCifar(
  format: CifarFormat,
  place: CifarPlace,
  options: CifarOptions,
): Promise<Dataset> {
  const kept = format.labels.findIndex(({ kind }) => kind === options.labels);
  if (kept < 0) throw new RangeError(`${format.title} has no ${options.labels} labels`);
  const assembly = new Assembly(format);
  for await (const member of members(format, place, options)) {
    const target = assembly.place(member.name, wholeRecords(format, member.size, member.where), member.where);
    const reader = new CifarReader(format, kept, target, member.where);
    for await (const chunk of member.body) reader.push(chunk);
    reader.finish();
  }
  const { pixels, labels, notes, trainExamples } = assembly.finish(place.path);
  checkPublished(format, { pixels, labels, trainExamples }, place.path);
  const { name, mean, deviation } = format;
  const { classes } = format.labels[kept];
  const testExamples = labels.length - trainExamples;
  const shape = { channels: 3, height: 32, width: 32 };
  return withChecksum({
    name,
    pixels,
    labels,
    ...shape,
    mean,
    deviation,
    classes,
    trainExamples,
    testExamples,
    notes,
  });
}

async function* members(
  format: CifarFormat,
  place: CifarPlace,
  options: CifarOptions,
): AsyncGenerator<Member> {
  const names = [...format.train, ...format.test].map((file) => file.name);
  const { signal, onProgress } = options;
  if (place.kind === 'directory') {
    yield* directoryMembers(place.path, names, signal);
    return;
  }
  const total = (await stat(place.path)).size;
  const what = basename(place.path);
  const onRead = (done: number) => onProgress?.({ phase: 'read', what, done, total });
  yield* archiveMembers(place.path, names, { onRead, signal });
}
