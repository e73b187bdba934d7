/**
 * child.json in the directory of a run: the command that works there. Whoever takes the run over after its ceteris was
 * killed ends first what still works there, so that two commands never write into one folder.
 */
import { rmSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { readText, writeWhole } from '../../store/node/files.js';
import { endProcesses, type Started } from './processes.js';

interface ChildFile extends Started {
  readonly formatVersion: 1;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

const pathIn = (runDirectory: string) => join(runDirectory, 'child.json');

/** To be written before the command is started (with pid 0), so that no moment is without it, and then again. */
export function writeChild(runDirectory: string, started: Started): void {
  const child: ChildFile = {
    formatVersion: 1,
    ...started,
    host: hostname(),
    since: new Date().toISOString(),
  };
  writeWhole(pathIn(runDirectory), `${JSON.stringify(child)}\n`);
}

export function removeChild(runDirectory: string): void {
  rmSync(pathIn(runDirectory), { force: true });
}

/**
 * Ends what an earlier ceteris has left working in the directory of a run. To be called under the run's lock.
 * @returns what was found, in words; `null` where there was nothing. Of another host nothing can be seen from here: there
 *   the process that had the run's lock has been silent for a minute.
 */
export async function endOrphan(runDirectory: string, grace: number): Promise<string | null> {
  const text = readText(pathIn(runDirectory));
  const child = text === null ? null : parse(text);
  if (child === null) return null;
  if (child.host !== hostname()) {
    removeChild(runDirectory);
    return `its command was begun on ${child.host} (process ${child.pid}), which has been silent: it is taken as ended`;
  }
  // After the machine was started anew, another process may have its number.
  const isOfThisBoot = Date.parse(child.since) > Date.now() - 1000 * uptime();
  const left = isOfThisBoot ? await endProcesses(child, grace) : 0;
  removeChild(runDirectory);
  return left === 0
    ? null
    : `process ${child.pid} of an earlier attempt could not be ended; what it writes may mix with this attempt`;
}

function parse(text: string): ChildFile | null {
  try {
    const child = JSON.parse(text) as Partial<ChildFile>;
    const fits = typeof child.token === 'string' && child.token !== '' && Number.isInteger(child.pid);
    return fits && typeof child.host === 'string' ? (child as ChildFile) : null;
  } catch {
    return null;
  }
}
