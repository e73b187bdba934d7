/**
 * One writer per directory: `lock.json` with host, process, its start time, and a heartbeat (the file's time).
 * A lock is made by a hard link, which exactly one of several processes that race can make. A stale lock is replaced
 * under a lock of its own, named by the token of the stale one: whoever holds that is the only one who may replace it,
 * and tokens are never used again, so that a process with an old view of things can do no harm.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CeterisError, workError } from '../../base/errors.js';
import { fileError, pause, renameRetrying } from './files.js';

interface Holder {
  readonly formatVersion: 1;
  readonly token?: string;
  readonly host: string;
  /** Which boot and process namespace the pid belongs to (Linux), or `null`; a lock without it is taken as ours. */
  readonly scope?: string | null;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot (Linux), or `null`. */
  readonly started: string | null;
  /** ISO 8601, for people. */
  readonly since: string;
}

/** Milliseconds of silence after which a lock is stale whose process cannot be seen from here. */
const silence = 60_000;
const heartbeat = 10_000;

/** Another process has the lock: the only refusal that time may mend. */
export class LockHeldError extends CeterisError {
  constructor(path: string, what: string, { holder }: Pick<Found, 'holder'>) {
    super('work', {
      what: `another process is working on ${what}`,
      where: path,
      rule: 'one writer at a time',
      value:
        holder === null
          ? 'a process that cannot be told'
          : `process ${holder.pid} on ${holder.host}, since ${holder.since}`,
      advice: 'wait until it ends, or stop it (the lock of another host falls after a minute of silence)',
    });
  }
}

export interface Lock {
  /** @throws a work error where the lock was lost (this process was silent for a minute, and another host took it) or removed */
  assertHeld(): void;
  /** Gives the lock back. Also done when the process exits. */
  release(): void;
}

function optional<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function processScope(): string | null {
  return optional(() => {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  });
}

/** State and start time of a process (fields 3 and 22 of /proc/pid/stat); `null` where there is no such file. */
function processStat(pid: number): { readonly state: string; readonly started: string } | null {
  const stat = optional(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], started: fields[19] };
}

/** Whether a process of this host still runs: not one that only waits to be reaped, nor another with its number. */
function alive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = processStat(pid);
  if (stat === null) return true;
  return stat.state !== 'Z' && stat.state !== 'X' && (started === null || stat.started === started);
}

/** A lock as it is found; `holder` is `null` where its text cannot be read (it is being written, or damaged). */
interface Found {
  readonly holder: Holder | null;
  readonly token: string;
  readonly time: number;
}

function find(path: string): Found | null {
  try {
    const { mtimeMs, ino } = statSync(path);
    const holder = parseHolder(readFileSync(path, 'utf8'));
    return { holder, token: holder?.token ?? `untold-${ino}-${Math.round(mtimeMs)}`, time: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(error, 'a lock could not be read', path);
  }
}

function parseHolder(text: string): Holder | null {
  const value = optional(() => JSON.parse(text) as Partial<Holder> | null);
  const fits = typeof value?.host === 'string' && Number.isInteger(value.pid);
  return fits ? (value as Holder) : null;
}

/** @param now by the clock that stamps the files, which may be another machine's */
function stale({ holder, time }: Found, now: number): boolean {
  const sameScope = holder?.scope === undefined || holder.scope === processScope();
  const visible = holder?.host === hostname() && sameScope;
  return holder !== null && visible ? !alive(holder) : now - time > silence;
}

/** Whether some process holds the lock of a directory. */
export function isLocked(directory: string): boolean {
  const found = find(join(directory, 'lock.json'));
  return found !== null && !stale(found, Date.now());
}

const held = new Map<string, string>();
let cleansUp = false;

/**
 * Takes the lock of a directory (made where it is missing).
 * @param what is locked, for errors: `the study ai6103`
 * @throws a `LockHeldError` naming the holder where another process has it; a request error where it cannot be written to
 */
export function acquireLock(directory: string, what: string): Lock {
  const path = join(directory, 'lock.json');
  const token = randomUUID();
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw fileError(error, `${what} cannot be written to`, directory);
  }
  claim(path, token, what);
  held.set(path, token);
  if (!cleansUp) process.on('exit', releaseAll);
  cleansUp = true;
  const beat = setInterval(() => touch(path, token), heartbeat);
  beat.unref();
  return {
    assertHeld: () => {
      const found = find(path);
      if (found?.token === token) return;
      throw workError({
        what:
          found === null
            ? `the lock of ${what} is gone: something removed its folder, or the files in it`
            : `the lock of ${what} was lost: another process took it after a minute of silence`,
        where: path,
        rule: 'one writer at a time',
        advice: 'run the same command again; it continues from the last checkpoint',
      });
    },
    release: () => {
      clearInterval(beat);
      held.delete(path);
      giveBack(path, token);
    },
  };
}

function releaseAll(): void {
  for (const [path, token] of held) giveBack(path, token);
}

/** A lock that cannot be removed is stale as soon as this process is gone. */
function giveBack(path: string, token: string): void {
  optional(() => {
    if (find(path)?.token === token) rmSync(path, { force: true });
  });
}

function claim(path: string, token: string, what: string): void {
  const own = join(dirname(path), `.${basename(path).slice(0, 60)}.${token}`);
  try {
    writeFileSync(own, `${JSON.stringify(ourselves(token))}\n`);
  } catch (error) {
    throw fileError(error, `${what} cannot be written to`, dirname(path));
  }
  try {
    for (let attempt = 0; attempt < 50; attempt++) {
      if (create(own, path, what)) return;
      const found = find(path);
      if (found === null) continue;
      if (!stale(found, statSync(own).mtimeMs)) throw new LockHeldError(path, what, found);
      if (replace(own, path, found, what)) return;
      pause(5 + Math.random() * 20);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw workError({ what: `${what} could not be locked`, where: path, advice: 'try again' });
}

function ourselves(token: string): Holder {
  return {
    formatVersion: 1,
    token,
    host: hostname(),
    scope: processScope(),
    pid: process.pid,
    started: processStat(process.pid)?.started ?? null,
    since: new Date().toISOString(),
  };
}

/** False where the lock exists. File systems without hard links get an exclusive write. */
function create(own: string, path: string, what: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) {
      throw fileError(error, `${what} cannot be locked`, path);
    }
  }
  try {
    writeFileSync(path, readFileSync(own), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError(error, `${what} cannot be locked`, path);
  }
}

/** Puts our lock in a stale one's place; false where another process was quicker. */
function replace(own: string, path: string, found: Found, what: string): boolean {
  const guard = join(dirname(path), `.lock.takeover.${found.token}`);
  const guardToken = randomUUID();
  try {
    claim(guard, guardToken, what);
  } catch {
    return false; // Another process is about to replace it.
  }
  try {
    if (find(path)?.token !== found.token) return false;
    renameRetrying(own, path);
    return true;
  } finally {
    giveBack(guard, guardToken);
  }
}

/** Writes our lock's text over itself, so that it gets the time of the file's own machine, whose clock may differ. */
function touch(path: string, token: string): void {
  optional(() => {
    const file = openSync(path, 'r+');
    try {
      const text = readFileSync(file);
      if (parseHolder(text.toString())?.token === token) writeSync(file, text, 0, text.length, 0);
    } finally {
      closeSync(file);
    }
  });
}
