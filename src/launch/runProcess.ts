/** Entry of a device's child process: as runWorker.ts, but that it shares no memory with the one that started it. */
import { executeGroup } from './executeGroup.js';
import type { ProcessRequest } from './hosts.js';
import type { WorkerReply, WorkerSetup } from './jobs.js';

let setup: WorkerSetup | null = null;
/** Resolves when the group under way has ended. */
let busy: Promise<unknown> = Promise.resolve();
const send = (message: WorkerReply) => {
  // Whoever started it may be gone.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

process.on('message', (request: ProcessRequest) => {
  switch (request.type) {
    case 'setup':
      setup = request.setup;
      break;
    case 'group':
      if (setup === null) throw new Error('a group before the setup');
      busy = executeGroup({ setup, job: request.job, send }).then(() => send({ type: 'group-ended' }));
      break;
    case 'stop':
      stop();
      break;
    case 'exit':
      process.disconnect();
      break;
    default:
      request satisfies never;
  }
});

function stop(): void {
  if (setup !== null) Atomics.store(setup.stopFlag, 0, 1);
}

// Ctrl-C in a terminal reaches every process: the one that started this one says when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// Whoever started it is gone, or wants no more: what was trained lies in its checkpoints. A command is ended first.
process.on('disconnect', () => {
  const isCommand = setup !== null && setup.trainer !== 'engine';
  stop();
  if (isCommand) void busy.finally(() => process.exit(0));
  else process.exit(0);
});
