/** One call of a command: its own process group, its output to a log, until it ends, is stopped, or takes too long. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { OutputLog } from './outputLog.js';
import { endProcesses } from './processes.js';

export interface AttemptRequest {
  readonly command: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Marks all that it starts. */
  readonly token: string;
  readonly log: OutputLog;
  /** Seconds; `null`: as long as it takes. */
  readonly timeout: number | null;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  readonly onStart: (pid: number) => void;
  readonly shouldStop: () => boolean;
  /** Called again and again while it works. What it throws ends the command, and is thrown on. */
  readonly look: () => Promise<void>;
}

export type AttemptEnd =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'late' }
  | { readonly kind: 'not started'; readonly code: string };

/** Milliseconds between looks. */
const breath = 200;
/** Milliseconds for the rest of the output, once every process has ended. */
const rest = 2000;
/** Seconds that what a command leaves behind has, once it has ended itself. */
const graceOfLeft = 2;

/** Resolves when nothing of the command is left. */
export async function attemptCommand(request: AttemptRequest): Promise<AttemptEnd> {
  const [program = '', ...args] = request.command;
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd: request.folder,
      env: request.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    return { kind: 'not started', code: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exited = new Promise<AttemptEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'not started', code: error.code ?? error.message }),
    );
    child.once('exit', (code, signal) => resolve({ kind: 'exited', code, signal }));
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece: Buffer) => request.log.take(piece));
  const { pid } = child;
  if (pid === undefined) return exited;
  const started = { pid, token: request.token };
  try {
    request.onStart(pid);
    const end = await watch(exited, request);
    await endProcesses(started, end.kind === 'exited' ? graceOfLeft : request.grace);
    return end;
  } catch (error) {
    await endProcesses(started, request.grace);
    throw error;
  } finally {
    await Promise.race([closed, pause(rest)]);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

async function watch(exited: Promise<AttemptEnd>, request: AttemptRequest): Promise<AttemptEnd> {
  const began = performance.now();
  for (;;) {
    const end = await Promise.race([exited, pause(breath)]);
    if (end !== null) return end;
    if (request.shouldStop()) return { kind: 'stopped' };
    const seconds = (performance.now() - began) / 1000;
    if (request.timeout !== null && seconds > request.timeout) return { kind: 'late' };
    await request.look();
  }
}

function pause(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds).unref());
}
