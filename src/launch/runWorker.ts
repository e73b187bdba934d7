/** Entry of a worker thread: does one group of runs after another, as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { executeGroup } from './executeGroup.js';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './jobs.js';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
const setup = workerData as WorkerSetup;
const send = (message: WorkerReply) => port.postMessage(message);

port.on('message', (request: WorkerRequest) => {
  switch (request.type) {
    case 'group':
      void executeGroup({ setup, job: request.job, send }).then(() => send({ type: 'group-ended' }));
      break;
    case 'exit':
      port.close();
      break;
    default:
      request satisfies never;
  }
});
