/** Paths -> files, folders searched to their ground. */

import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { requestError } from '../../base/errors.js';
import type { SourceFile } from '../files/source.js';
import type { FoundFile } from '../openLogs.js';

/** Folders that hold no logs, and studies of our own. */
const PASSED_OVER = /^(\.(?!hydra$).*|node_modules|__pycache__|site-packages|venv)$/;

/** @throws a request error where a path cannot be read, or where a folder holds nothing */
export function locateFiles(
  paths: readonly string[],
  leaveOut: (file: string, why: string) => void = () => {},
): FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const path of paths) {
    const stats = readable(path, () => statSync(path));
    if (!stats.isDirectory()) {
      found.set(path, { file: diskFile(path, path, stats.size), named: true });
      for (const one of writeAheadOf(path)) found.set(one.file.path, one);
      continue;
    }
    const inside = [...filesBelow(path, path === '.' ? '' : path, leaveOut)];
    if (inside.length === 0) throw requestError({ what: 'a folder holds no files', where: path });
    for (const one of inside) if (!found.has(one.file.path)) found.set(one.file.path, one);
  }
  return [...found.values()];
}

/** What belongs to a database that was named: the values that are not yet written into it. */
function writeAheadOf(path: string): FoundFile[] {
  const beside = `${path}-wal`;
  if (!/\.(db|sqlite3?)$/i.test(path) || !existsSync(beside)) return [];
  return [{ file: diskFile(beside, beside, statSync(beside).size), named: false }];
}

function* filesBelow(
  folder: string,
  shown: string,
  leaveOut: (file: string, why: string) => void,
): Generator<FoundFile> {
  const entries = readable(folder, () => readdirSync(folder, { withFileTypes: true }));
  // Numbers in order: run_2 before run_10.
  entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }) || (a.name < b.name ? -1 : 1));
  const isStudy =
    entries.some(({ name }) => name === 'study.yaml') && entries.some(({ name }) => name === 'runs');
  if (isStudy) return;
  for (const entry of entries) {
    if (PASSED_OVER.test(entry.name)) continue;
    const path = join(folder, entry.name);
    const name = shown === '' ? entry.name : `${shown.replace(/[\\/]+$/, '')}/${entry.name}`;
    if (entry.isSymbolicLink() && !existsSync(path)) {
      leaveOut(name, 'a link to what is not there');
      continue;
    }
    const stats = readable(path, () => statSync(path));
    // A link to a folder (`latest-run`) shows the same logs again, or leads in a circle.
    if (stats.isDirectory() && entry.isSymbolicLink()) continue;
    if (stats.isDirectory()) yield* filesBelow(path, name, leaveOut);
    else if (stats.isFile()) yield { file: diskFile(path, name, stats.size), named: false };
  }
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const why: Record<string, string> = {
      EACCES: 'no permission to read it',
      ENOENT: 'there is no such file or folder',
    };
    throw requestError({
      what: 'a source of curves cannot be read',
      where: path,
      value: why[code] ?? code,
      advice: 'check its path and its permissions',
      cause,
    });
  }
}

function diskFile(path: string, shown: string, bytes: number): SourceFile {
  return {
    path: shown.split(sep).join('/').replace(/^\.\//, ''),
    bytes,
    async *read(start = 0, end?: number) {
      if (end !== undefined && end <= start) return;
      const stream = createReadStream(path, {
        start,
        highWaterMark: 2 ** 18,
        ...(end === undefined ? {} : { end: end - 1 }),
      });
      try {
        for await (const piece of stream) yield piece as Uint8Array;
      } catch (cause) {
        readable(path, () => {
          throw cause;
        });
      }
    },
  };
}
