/** Whole files, written so that a reader never sees half of one. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type CeterisError, workError } from '../../base/errors.js';

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space, then run the same command again: what was complete is kept',
  EACCES: 'choose another --out, or change the permissions',
  EPERM: 'choose another --out, or change the permissions',
  EROFS: 'choose another --out: this file system is read-only',
};

/** An error of the file system as one for a person. */
export function fileError(error: unknown, what: string, path: string): CeterisError {
  const { code = 'unknown', message } = error as NodeJS.ErrnoException;
  const help = advice[code];
  return workError({
    what,
    where: path,
    value: message,
    cause: error,
    ...(help === undefined ? {} : { advice: help }),
  });
}

/** Writes aside, flushes to disk, renames. On failure the old file stays. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = openSync(aside, 'w');
    try {
      writeAll(file, contents);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameRetrying(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw fileError(error, 'a file could not be written', path);
  }
}

/** Writes every byte: one call may write only a part. */
export function writeAll(file: number, contents: string | Uint8Array): void {
  const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
  let at = 0;
  while (at < bytes.length) at += writeSync(file, bytes, at, bytes.length - at);
}

/** Windows refuses a rename while a scanner holds the target: a few tries. */
function renameRetrying(from: string, to: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (attempt >= 5 || !['EPERM', 'EACCES', 'EBUSY'].includes(code)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20 * 2 ** attempt);
    }
  }
}
