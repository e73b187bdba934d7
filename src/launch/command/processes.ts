/** A command's process group and whatever else it has started: who is left of it, and how it is ended. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is known of a command that was started. */
export interface Started {
  /** Leader of its process group. */
  readonly pid: number;
  /** Stands in the environment (`CETERIS_TOKEN`) of all that it starts, also where that leaves the group. */
  readonly token: string;
}

/** Name of the variable that marks every process of a command. */
export const tokenVariable = 'CETERIS_TOKEN';

const isLinux = process.platform === 'linux';

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Processes that are left of a command; those that only wait to be reaped are none. */
export function processesOf(started: Started): number[] {
  // Without a pid the command had not begun, or not been recorded: its token alone tells.
  if (!isLinux) return started.pid > 0 && isThere(started.pid) ? [started.pid] : [];
  const mark = Buffer.from(`${tokenVariable}=${started.token}\0`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && belongs(pid, started.pid, mark));
}

function belongs(pid: number, group: number, mark: Buffer): boolean {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return false;
  const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return false;
  const environment = attempt(() => readFileSync(`/proc/${pid}/environ`));
  if (environment?.includes(mark)) return true;
  // Between fork and exec, and where the environment may not be read, the group tells.
  return group > 0 && Number(processGroup) === group && (environment === null || environment.length === 0);
}

function isThere(group: number): boolean {
  return attempt(() => process.kill(process.platform === 'win32' ? group : -group, 0)) === true;
}

function signal(started: Started, name: 'SIGTERM' | 'SIGKILL', left: readonly number[]): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(started.pid), '/T', '/F'], { stdio: 'ignore' });
    return;
  }
  if (!isLinux) attempt(() => process.kill(-started.pid, name));
  for (const pid of left) attempt(() => process.kill(pid, name));
}

/** Milliseconds between looks at what is left. */
const look = 50;
/** Milliseconds that the system may take to end what was killed. */
const patience = 5000;

/**
 * Ends all that a command has started: SIGTERM, and after `grace` seconds SIGKILL. Resolves when nothing is left, or
 * what is left cannot be ended. @returns processes that are left
 */
export async function endProcesses(started: Started, grace: number): Promise<number> {
  let left = processesOf(started);
  if (left.length > 0) signal(started, 'SIGTERM', left);
  const asked = performance.now();
  while (left.length > 0 && performance.now() - asked < grace * 1000) {
    await sleep(look);
    left = processesOf(started);
  }
  const killed = performance.now();
  while (left.length > 0 && performance.now() - killed < patience) {
    signal(started, 'SIGKILL', left);
    await sleep(look);
    left = processesOf(started);
  }
  return left.length;
}
