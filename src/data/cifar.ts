/**
 * The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html): how a
 * record is laid out, what was published, and a reader that takes a file in pieces of any size.
 */
import { requestError } from '../base/errors.js';
import { cifar10Classes, cifar100CoarseClasses, cifar100FineClasses } from './cifarClasses.js';

export const cifarImageBytes = 3 * 32 * 32;

export interface CifarFile {
  readonly name: string;
  /** Records in the published file. */
  readonly published: number;
}

export interface CifarFormat {
  readonly name: 'cifar10' | 'cifar100';
  readonly title: string;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Folder inside the published archive. */
  readonly folder: string;
  readonly archive: { readonly file: string; readonly address: string; readonly md5: string };
  readonly train: readonly CifarFile[];
  readonly test: readonly CifarFile[];
  /** The label bytes that stand before each image, in order: what they are called and their classes. */
  readonly labels: readonly { readonly kind: string; readonly classes: readonly string[] }[];
}

export const cifar100: CifarFormat = {
  name: 'cifar100',
  title: 'CIFAR-100',
  mean: [0.5071, 0.4865, 0.4409],
  deviation: [0.2673, 0.2564, 0.2762],
  folder: 'cifar-100-binary',
  archive: {
    file: 'cifar-100-binary.tar.gz',
    address: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
    md5: '03b5dce01913d631647c71ecec9e9cb8',
  },
  train: [{ name: 'train.bin', published: 50_000 }],
  test: [{ name: 'test.bin', published: 10_000 }],
  labels: [
    { kind: 'coarse', classes: cifar100CoarseClasses },
    { kind: 'fine', classes: cifar100FineClasses },
  ],
};

export const cifar10: CifarFormat = {
  name: 'cifar10',
  title: 'CIFAR-10',
  mean: [0.4914, 0.4822, 0.4465],
  deviation: [0.247, 0.2435, 0.2616],
  folder: 'cifar-10-batches-bin',
  archive: {
    file: 'cifar-10-binary.tar.gz',
    address: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  },
  train: [1, 2, 3, 4, 5].map((n) => ({ name: `data_batch_${n}.bin`, published: 10_000 })),
  test: [{ name: 'test_batch.bin', published: 10_000 }],
  labels: [{ kind: 'class', classes: cifar10Classes }],
};

/** Label bytes and image bytes of one record. */
export function recordBytes(format: CifarFormat): number {
  return format.labels.length + cifarImageBytes;
}

/** Number of records in a file of `bytes` bytes. Throws a request error where they are not whole. */
export function wholeRecords(format: CifarFormat, bytes: number, where: string): number {
  const size = recordBytes(format);
  if (bytes > 0 && bytes % size === 0) return bytes / size;
  const rest = bytes % size;
  throw requestError({
    what: `a ${format.title} file is cut off or not of this format`,
    where: rest === 0 ? where : `${where}, record ${Math.floor(bytes / size)} (byte ${bytes - rest})`,
    rule: `one or more whole records of ${size} bytes each`,
    value:
      bytes === 0
        ? 'an empty file'
        : `${bytes} bytes: ${Math.floor(bytes / size)} records and ${rest} bytes more`,
    advice: `fetch ${format.archive.file} again from ${format.archive.address}`,
  });
}

/** Where a reader puts what it reads. */
export interface RecordTarget {
  /** [records, 3072]. */
  readonly pixels: Uint8Array;
  /** [records]. */
  readonly labels: Uint8Array;
}

/** Takes the bytes of one file in pieces, checks the labels, and writes images and labels where they belong. */
export class CifarReader {
  readonly #format: CifarFormat;
  readonly #kept: number;
  readonly #target: RecordTarget;
  readonly #where: string;
  #position = 0;

  /**
   * @param kept which of the format's label bytes becomes the label
   * @param target as long as the records that the file announces
   * @param where the file's name in errors
   */
  constructor(format: CifarFormat, kept: number, target: RecordTarget, where: string) {
    this.#format = format;
    this.#kept = kept;
    this.#target = target;
    this.#where = where;
  }

  /** Takes the next bytes. Throws a request error at a label out of range. */
  push(chunk: Uint8Array): void {
    const size = recordBytes(this.#format);
    const labelBytes = this.#format.labels.length;
    let at = 0;
    while (at < chunk.length) {
      const record = Math.floor(this.#position / size);
      const inRecord = this.#position - record * size;
      if (inRecord < labelBytes) {
        this.#label(record, inRecord, chunk[at]);
        at += 1;
        this.#position += 1;
      } else {
        const run = Math.min(size - inRecord, chunk.length - at);
        this.#target.pixels.set(
          chunk.subarray(at, at + run),
          record * cifarImageBytes + inRecord - labelBytes,
        );
        at += run;
        this.#position += run;
      }
    }
  }

  /** Throws a request error where fewer bytes came than were announced. */
  finish(): void {
    const size = recordBytes(this.#format);
    const announced = this.#target.labels.length * size;
    if (this.#position === announced) return;
    throw requestError({
      what: `a ${this.#format.title} file ends too early`,
      where: `${this.#where}, record ${Math.floor(this.#position / size)} (byte ${this.#position})`,
      rule: `${announced} bytes, as the archive or the file system announced`,
      value: `${this.#position} bytes`,
      advice: `fetch ${this.#format.archive.file} again from ${this.#format.archive.address}`,
    });
  }

  #label(record: number, which: number, value: number): void {
    const { kind, classes } = this.#format.labels[which];
    if (value >= classes.length) {
      throw requestError({
        what: `a ${this.#format.title} record has a ${kind} label out of range`,
        where: `${this.#where}, record ${record} (byte ${this.#position})`,
        rule: `0 to ${classes.length - 1}`,
        value: String(value),
        advice: `the file is damaged or of another format: fetch ${this.#format.archive.file} again from ${this.#format.archive.address}`,
      });
    }
    if (which === this.#kept) this.#target.labels[record] = value;
  }
}
