/** A loaded dataset: bytes, labels, names, and the checksum that identifies its contents. */
import type { DatasetConfig } from './config.js';

/**
 * Images as bytes with their labels. The training file comes first and the test file after it, in one array: index
 * `i >= trainExamples` is test example `i - trainExamples`. Structurally a `PixelSource` of the engine.
 */
export interface Dataset {
  /** `cifar100`, `cifar10`, `synthetic`. */
  readonly name: string;
  /** What it was loaded by, with every default. */
  readonly source?: DatasetConfig | undefined;
  /** Planar bytes, [examples, channels, height, width]; on shared memory where the platform has it. */
  readonly pixels: Uint8Array;
  /** One class number per example. */
  readonly labels: Uint8Array | Uint16Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Normalization per channel: (byte / 255 - mean) / deviation. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Name of each class, by class number. */
  readonly classes: readonly string[];
  readonly trainExamples: number;
  readonly testExamples: number;
  /** SHA-256, hexadecimal, of shape, pixels and labels (see `checksumHeader`). */
  readonly checksum: string;
  /** What the user should be told about this data: "train.bin holds 4000 records; the published file 50000". */
  readonly notes: readonly string[];
}

/** Everything of a Dataset but its checksum. */
export type DatasetContents = Omit<Dataset, 'checksum'>;

/** What a loader tells while it works; `total` is null where nobody knows it. */
export interface DataProgress {
  readonly phase: 'download' | 'read' | 'generate';
  /** The file or dataset that is worked on. */
  readonly what: string;
  /** Bytes for `download` and `read`, examples for `generate`. */
  readonly done: number;
  readonly total: number | null;
}

/** Zeroed bytes on a SharedArrayBuffer, so that workers share one copy; plain memory where there is none. */
export function allocateBytes(length: number): Uint8Array {
  return new Uint8Array(
    typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(length) : new SharedArrayBuffer(length),
  );
}

/** Labels as uint8 for up to 256 classes, else uint16; shared as `allocateBytes`. */
export function allocateLabels(length: number, classes: number): Uint8Array | Uint16Array {
  return classes <= 256 ? allocateBytes(length) : new Uint16Array(allocateBytes(2 * length).buffer);
}

/**
 * The line that is hashed before pixels and labels: the same bytes cut at another place, or with another shape, are
 * another dataset. The checksum is SHA-256 of this line in UTF-8, then the pixels, then the labels (each label as
 * its low byte, and where there are more than 256 classes low byte, high byte).
 */
export function checksumHeader(contents: DatasetContents): string {
  const { channels, height, width, trainExamples, testExamples, classes } = contents;
  return `ceteris-dataset 1 ${channels}x${height}x${width} train=${trainExamples} test=${testExamples} classes=${classes.length}\n`;
}

/** The labels as the checksum reads them, on any machine: little-endian. */
export function checksumLabels(labels: Uint8Array | Uint16Array): Uint8Array {
  if (labels instanceof Uint8Array) return labels;
  const bytes = new Uint8Array(2 * labels.length);
  const view = new DataView(bytes.buffer);
  labels.forEach((label, i) => {
    view.setUint16(2 * i, label, true);
  });
  return bytes;
}

/** SHA-256 of a dataset by WebCrypto, in hexadecimal. For small data: it copies the pixels once. */
export async function checksumOf(contents: DatasetContents): Promise<string> {
  const header = new TextEncoder().encode(checksumHeader(contents));
  const labels = checksumLabels(contents.labels);
  const all = new Uint8Array(header.length + contents.pixels.length + labels.length);
  all.set(header, 0);
  all.set(contents.pixels, header.length);
  all.set(labels, header.length + contents.pixels.length);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
