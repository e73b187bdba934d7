/** Entry of a device's child process: as runWorker.ts, but that it shares no memory with the one that started it. */
import { executeGroup } from './executeGroup.js';
import type { ProcessRequest } from './hosts.js';
import type { WorkerReply, WorkerSetup } from './jobs.js';

let setup: WorkerSetup | null = null;
const send = (message: WorkerReply) => void process.send?.(message);

process.on('message', (request: ProcessRequest) => {
  switch (request.type) {
    case 'setup':
      setup = request.setup;
      break;
    case 'group':
      if (setup === null) throw new Error('a group before the setup');
      void executeGroup({ setup, job: request.job, send }).then(() => send({ type: 'group-ended' }));
      break;
    case 'stop':
      if (setup !== null) Atomics.store(setup.stopFlag, 0, 1);
      break;
    case 'exit':
      process.disconnect();
      break;
    default:
      request satisfies never;
  }
});

// Ctrl-C in a terminal reaches every process: the one that started this one says when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// Whoever started it is gone, or wants no more: what was trained lies in its checkpoints.
process.on('disconnect', () => process.exit(0));
