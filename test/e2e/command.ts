/** The built command line as a child process, for end-to-end tests. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const main = join(root, 'dist/cli/main.js');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ceteris ...args` to its end. */
export function ceteris(cwd: string, ...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd });
  return { status, stdout, stderr };
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves when stderr has shown the text. Rejects where the process ends before. */
  readonly until: (text: string) => Promise<void>;
  readonly stderr: () => string;
  readonly ended: Promise<number | null>;
}

/** Starts `ceteris ...args`. */
export function startCeteris(cwd: string, ...args: readonly string[]): Started {
  const child = spawn(process.execPath, [main, ...args], { cwd });
  let seen = '';
  let over = false;
  let wake = () => {};
  child.stderr?.on('data', (data) => {
    seen += data;
    wake();
  });
  const ended = new Promise<number | null>((resolve) =>
    child.on('close', (code) => {
      over = true;
      wake();
      resolve(code);
    }),
  );
  const until = async (text: string) => {
    while (!seen.includes(text)) {
      if (over) throw new Error(`the process ended before it said '${text}':\n${seen}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { child, until, stderr: () => seen, ended };
}
