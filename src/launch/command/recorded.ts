/** The outputs of `trainer.record`: what a study wants to be known of the surroundings of its runs. */
import { spawn } from 'node:child_process';
import type { CommandTrainer } from '../../study/types.js';

/** Characters of an output that are kept. */
const mostKept = 100_000;
/** Milliseconds that each may take. */
const patience = 60_000;

export interface RecordedRequest {
  /** Where they are called. */
  readonly folder: string;
  /** Ends them at once. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; a minute unless given. */
  readonly patience?: number | undefined;
}

/** All at once; of a command that fails, hangs or prints no text, that it did. What it has started ends with it. */
export async function recordedOutputs(
  { record }: CommandTrainer,
  request: RecordedRequest,
): Promise<Record<string, string>> {
  const outputs = Object.entries(record).map(async ([name, words]) => {
    const { text, why } = await outputOf(words, request);
    return [name, why === null ? text : `could not be told: ${words[0]} (${why})`] as const;
  });
  return Object.fromEntries(await Promise.all(outputs));
}

interface Output {
  readonly text: string;
  /** Why it is not known. */
  readonly why: string | null;
}

function outputOf(
  [program = '', ...args]: readonly string[],
  { folder, signal, patience: most = patience }: RecordedRequest,
): Promise<Output> {
  return new Promise((resolve) => {
    const said: { out: Buffer; error: Buffer } = { out: Buffer.alloc(0), error: Buffer.alloc(0) };
    const child = spawn(program, args, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = (why: string | null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      // Some tell their version on the other stream.
      const text = textOf(said.out) || textOf(said.error);
      const isText = !/[\0\ufffd]/.test(text);
      resolve(why === null && !isText ? { text: '', why: 'it printed no text' } : { text, why });
    };
    const stop = () => end('it was stopped');
    const timer = setTimeout(() => end(`no answer within ${most / 1000} seconds`), most);
    signal?.addEventListener('abort', stop);
    child.stdout.on('data', (piece: Buffer) => {
      said.out = kept(said.out, piece);
    });
    child.stderr.on('data', (piece: Buffer) => {
      said.error = kept(said.error, piece);
    });
    child.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    child.once('close', (code, killed) => end(code === 0 ? null : (killed ?? `exit code ${code}`)));
    if (signal?.aborted === true) stop();
  });
}

function kept(before: Buffer, piece: Buffer): Buffer {
  return before.length > 4 * mostKept ? before : Buffer.concat([before, piece]);
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').trim().slice(0, mostKept);
}

/** Also what it has left in its process group. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
