/**
 * Where groups of runs are trained: a worker thread (the CPU), or a child process (a GPU, whose driver may take its
 * process down with it: then its runs alone fail; a command, which its own process ends when ceteris was killed).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './jobs.js';

export interface HostEvents {
  readonly onMessage: (message: WorkerReply) => void;
  /** It ended before it was told to, with a reason in words, and the signal that ended it. `onExit` follows. */
  readonly onCrash: (reason: string, signal: string | null) => void;
  readonly onExit: () => void;
}

export interface Host {
  post(request: WorkerRequest): void;
}

export type HostKind = 'thread' | 'process';

export function startHost(kind: HostKind, setup: WorkerSetup, events: HostEvents): Host {
  return kind === 'thread' ? startThread(setup, events) : startProcess(setup, events);
}

const entry = (name: string) => createRequire(import.meta.url).resolve(`#dist/launch/${name}.js`);

function startThread(setup: WorkerSetup, { onMessage, onCrash, onExit }: HostEvents): Host {
  const worker = new Worker(entry('runWorker'), { workerData: setup });
  worker.on('message', onMessage);
  worker.on('error', (error) => onCrash(`the worker ended: ${error.message}`, null));
  worker.on('exit', onExit);
  return { post: (request) => worker.postMessage(request) };
}

/** What a child process is told; the first message sets it up. */
export type ProcessRequest =
  | WorkerRequest
  | { readonly type: 'setup'; readonly setup: WorkerSetup }
  | { readonly type: 'stop' };

/** How often the flag that asks for a stop is looked at, in milliseconds: a child process does not share it. */
const stopLook = 100;

function startProcess(setup: WorkerSetup, { onMessage, onCrash, onExit }: HostEvents): Host {
  const child = fork(entry('runProcess'), {
    // Out of the terminal's reach, but for its very first moment: it has nothing to lose then.
    detached: process.platform !== 'win32',
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const said = lastWords(child);
  const send = (request: ProcessRequest) => {
    // A child that is gone is told of by its exit.
    if (child.connected) child.send(request, () => {});
  };
  let expected = false;
  let stopped = false;
  const look = setInterval(() => {
    if (stopped || Atomics.load(setup.stopFlag, 0) !== 1) return;
    stopped = true;
    send({ type: 'stop' });
  }, stopLook);
  look.unref();
  child.on('message', onMessage);
  child.on('error', () => {});
  child.on('close', (code, signal) => {
    clearInterval(look);
    const whose = setup.trainer === 'engine' ? 'device' : 'run';
    if (!expected)
      onCrash(`the ${whose}'s process ended (${signal ?? `exit code ${code}`})${said()}`, signal);
    onExit();
  });
  send({ type: 'setup', setup: copied(setup) });
  return {
    post: (request) => {
      expected = request.type === 'exit';
      send(
        request.type === 'group'
          ? { ...request, job: { ...request.job, allowedThreads: new Int32Array([1]) } }
          : request,
      );
    },
  };
}

/** Shared memory cannot be sent to another process. */
function copied(setup: WorkerSetup): WorkerSetup {
  const stopFlag = new Int32Array(setup.stopFlag);
  if (setup.trainer !== 'engine') return { ...setup, stopFlag };
  const { dataset } = setup;
  return {
    ...setup,
    stopFlag,
    dataset: { ...dataset, pixels: dataset.pixels.slice(), labels: dataset.labels.slice() },
  };
}

/**
 * What the process wrote to stderr at last: a crash in native code says its reason there. It is shown only then, since
 * Dawn writes remarks on every device that it opens.
 */
function lastWords(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (data) => {
    text = (text + String(data)).slice(-4000);
  });
  return () => {
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^Warning: maxDynamic/.test(line));
    return lines.length === 0 ? '' : `: ${lines.slice(-3).join('\n')}`;
  };
}
