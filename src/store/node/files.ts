/** Whole files, written so that a reader never sees half of one; and lines appended whole or not at all. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { CeterisError, requestError } from '../../base/errors.js';
import { notAllowed } from './givenFile.js';

const forbidden = 'choose another --out, or change the permissions';
const space = 'free some space, then run the same command again: what was complete is kept';
const advice: Readonly<Record<string, string>> = {
  ENOSPC: space,
  EDQUOT: space,
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: 'choose another --out: this file system is read-only',
  EEXIST: 'choose another --out: a part of this path is a file',
  ENOTDIR: 'choose another --out: a part of this path is a file',
  EISDIR: 'choose another --out: this path is a directory',
};

/** An error of the file system as one for a person: a place that cannot be written is a wrong request. */
export function fileError(error: unknown, what: string, path: string): CeterisError {
  const { code = 'unknown', message } = error as NodeJS.ErrnoException;
  const help = advice[code];
  const kind = help === undefined || help === space ? 'work' : 'request';
  return new CeterisError(kind, {
    what: help === space ? `${what}: the disk is full` : what,
    where: path,
    value: message,
    cause: error,
    ...(help === undefined ? {} : { advice: help }),
  });
}

/** A file's text; `null` where there is none. */
export function readText(path: string): string | null {
  return whereThere(() => readFileSync(path, 'utf8'), 'a file could not be read', path);
}

/**
 * Whether there is something at a path.
 * @throws a request error where that is hidden from this user: a study that may not be read is not one that is missing
 */
export function isThere(path: string): boolean {
  return whereThere(() => statSync(path), 'a directory could not be looked into', path) !== null;
}

/** The names in a directory, sorted; none where there is no directory. */
export function namesIn(path: string): string[] {
  return whereThere(() => readdirSync(path).sort(), 'a directory could not be read', path) ?? [];
}

function whereThere<T>(read: () => T, what: string, path: string): T | null {
  try {
    return read();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'EACCES' || code === 'EPERM') {
      throw requestError({ what, where: path, ...notAllowed(), cause: error });
    }
    throw fileError(error, what, path);
  }
}

/** The name under which this thread writes a file before it takes its place. */
export function asideOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${threadId}.tmp`);
}

/** Writes aside, flushes to disk, renames. On failure the old file stays as it was. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  const aside = asideOf(path);
  try {
    const file = openSync(aside, 'w');
    try {
      writeAll(file, contents);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameRetrying(aside, path);
    flushDirectory(dirname(path));
  } catch (error) {
    rmSync(aside, { force: true });
    throw fileError(error, 'a file could not be written', path);
  }
}

/**
 * Many new files that are worth something only together, such as those of an import: they are written at once and
 * flushed at the end, where one flush finds nearly everything done that an earlier one has caused.
 */
export class BatchWriter {
  readonly #paths: string[] = [];

  /** @throws a work or request error where the file cannot be written */
  write(path: string, contents: string): void {
    try {
      const file = openSync(path, 'w');
      try {
        writeAll(file, contents);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      rmSync(path, { force: true });
      throw fileError(error, 'a file could not be written', path);
    }
    this.#paths.push(path);
  }

  /** Returns when every file that was written, its directory, and `above` them are on the disk. */
  flush(above: string): void {
    for (const path of this.#paths) flushFile(path);
    for (const directory of new Set(this.#paths.map((path) => dirname(path)))) flushDirectory(directory);
    flushDirectory(above);
  }
}

/**
 * Appends a text to a file that may have to be begun with a head. A write that fails in its middle (a full disk)
 * leaves the file as it was.
 */
export function appendWhole(path: string, text: string, head: string): void {
  try {
    const file = openSync(path, 'a');
    try {
      const { size } = fstatSync(file);
      try {
        writeAll(file, size === 0 ? head + text : text);
      } catch (error) {
        if (fstatSync(file).isFile()) ftruncateSync(file, size);
        throw error;
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, 'a record could not be written', path);
  }
}

/** Makes sure that what was appended to a file has reached the disk; gives its size in bytes. */
export function flushFile(path: string): number {
  try {
    const file = openSync(path, 'r+');
    try {
      fsyncSync(file);
      return fstatSync(file).size;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, 'a record could not be flushed', path);
  }
}

/** Writes every byte: one call may write only a part. */
function writeAll(file: number, contents: string | Uint8Array): void {
  const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
  let at = 0;
  while (at < bytes.length) at += writeSync(file, bytes, at, bytes.length - at);
}

/** Makes a rename outlive a power failure; Windows has no such call and needs none. */
function flushDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } catch {
    // Some network file systems refuse it: then the rename is as durable as they make it.
  } finally {
    closeSync(directory);
  }
}

/** Windows refuses a rename while a scanner holds the target: a few tries. */
export function renameRetrying(from: string, to: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      const passing = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
      if (!passing || attempt >= 8) throw error;
      pause(20 * 2 ** attempt);
    }
  }
}

/** Blocks this thread for some milliseconds. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
