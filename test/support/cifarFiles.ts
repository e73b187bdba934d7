/** What the tests of src/data share: small CIFAR files, archives of them, temporary directories. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { CeterisError } from '../../src/base/errors.js';
import { type CifarFormat, cifarImageBytes, recordBytes } from '../../src/data/cifar.js';

/** Byte `j` of image `i` in the files of `cifarBytes`. */
export function pixelAt(file: number, i: number, j: number): number {
  return (31 * file + 7 * i + j) % 251;
}

/** A file of `records` records; label byte `k` of record `i` is (i + k) modulo its classes. */
export function cifarBytes(format: CifarFormat, records: number, file: number): Uint8Array {
  const size = recordBytes(format);
  const bytes = new Uint8Array(records * size);
  for (let i = 0; i < records; i++) {
    format.labels.forEach(({ classes }, k) => {
      bytes[i * size + k] = (i + k) % classes.length;
    });
    for (let j = 0; j < cifarImageBytes; j++) {
      bytes[i * size + format.labels.length + j] = pixelAt(file, i, j);
    }
  }
  return bytes;
}

/** A `.tar.gz` with these files in this order, in the format's folder, after a file that is to be passed over. */
export async function cifarArchive(
  format: CifarFormat,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Uint8Array> {
  const entry = (name: string, body: Uint8Array) => ({
    header: { name: `${format.folder}/${name}`, size: body.length, type: 'file' as const },
    body,
  });
  const readme = entry('readme.html', new Uint8Array(70_000));
  const folder = { header: { name: `${format.folder}/`, size: 0, type: 'directory' as const } };
  return gzipSync(await packTar([folder, readme, ...Array.from(files, ([name, body]) => entry(name, body))]));
}

/** Runs `action` in a new directory and removes it. */
export async function inTemporaryDirectory<T>(action: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'ceteris-data-'));
  try {
    return await action(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The CeterisError that `action` fails with. */
export async function failureOf(action: () => Promise<unknown>): Promise<CeterisError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CeterisError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
