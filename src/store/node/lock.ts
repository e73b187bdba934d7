/** One writer per directory: a lock file with host, process and heartbeat. */
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { workError } from '../../base/errors.js';
import { fileError } from './files.js';

interface Holder {
  readonly formatVersion: 1;
  readonly host: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot (Linux), or `null`. */
  readonly started: string | null;
}

/** Seconds of silence after which another host's lock is stale. */
const silence = 60;

export interface Lock {
  release(): void;
}

function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return null;
  }
}

function alive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === null || processStart(pid) === started;
}

function read(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function stale(path: string, holder: Holder | null): boolean {
  if (holder !== null && holder.host === hostname()) return !alive(holder);
  try {
    return Date.now() - statSync(path).mtimeMs > 1000 * silence;
  } catch {
    return true;
  }
}

/**
 * Takes the lock of a directory.
 * @throws a work error naming the holder where another process has it
 */
export function acquireLock(directory: string, what: string): Lock {
  const path = join(directory, 'lock.json');
  const own = join(directory, `.lock.${process.pid}.${Math.random().toString(36).slice(2)}`);
  const holder: Holder = {
    formatVersion: 1,
    host: hostname(),
    pid: process.pid,
    started: processStart(process.pid),
  };
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(own, `${JSON.stringify(holder)}\n`);
  } catch (error) {
    throw fileError(error, `${what} cannot be written to`, directory);
  }
  try {
    claim(own, path, what);
  } finally {
    rmSync(own, { force: true });
  }
  const beat = setInterval(() => touch(path), 15000);
  beat.unref();
  return {
    release: () => {
      clearInterval(beat);
      rmSync(path, { force: true });
    },
  };
}

/** A hard link is made by exactly one of two that race; a stale lock is first renamed away, which also one does. */
function claim(own: string, path: string, what: string): void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      linkSync(own, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw fileError(error, `${what} cannot be locked`, path);
    }
    const holder = read(path);
    if (!stale(path, holder)) {
      throw workError({
        what: `another process is working on ${what}`,
        where: path,
        rule: 'one writer at a time',
        value: holder === null ? 'unknown' : `process ${holder.pid} on ${holder.host}`,
        advice: 'wait until it ends, or stop it',
      });
    }
    try {
      renameSync(path, `${own}.stale`);
      rmSync(`${own}.stale`, { force: true });
    } catch {
      // Another process was quicker: the next attempt sees its lock.
    }
  }
  throw workError({ what: `${what} could not be locked`, where: path, advice: 'try again' });
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // The directory is gone: the writer will notice with its next write.
  }
}
