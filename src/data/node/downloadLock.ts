/** One process per download: two that append to one part would spoil it. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { workError } from '../../base/errors.js';

/**
 * Takes the lock file, which names host and process; one that a process of this host left behind is taken over.
 * @returns what gives it back
 * @throws CeterisError (work) where another process has it
 */
export async function lockDownload(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(path, `${hostname()} ${process.pid}\n`, { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = (await readFile(path, 'utf8').catch(() => '')).trim();
      if (attempt === 0 && isGone(holder)) await rm(path, { force: true });
      else throw busy(path, holder);
    }
  }
  throw busy(path, '');
}

function busy(path: string, holder: string): Error {
  return workError({
    what: 'another process is downloading the same file',
    where: path,
    rule: 'one download at a time',
    value: holder === '' ? 'held' : `held by process ${holder.split(' ').reverse().join(' on ')}`,
    advice: 'wait for it; if there is none, delete this lock file',
  });
}

function isGone(holder: string): boolean {
  const [host, pid] = holder.split(' ');
  if (host !== hostname() || !/^\d+$/.test(pid ?? '')) return false;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
