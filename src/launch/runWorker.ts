/** Entry of a worker thread: does one run after another, as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { executeRun } from './executeRun.js';
import type { WorkerMessage, WorkerRequest, WorkerSetup } from './jobs.js';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
const setup = workerData as WorkerSetup;
const send = (message: WorkerMessage) => port.postMessage(message);

port.on('message', (request: WorkerRequest) => {
  switch (request.type) {
    case 'run':
      void executeRun({ setup, job: request.job, send });
      break;
    case 'exit':
      port.close();
      break;
    default:
      request satisfies never;
  }
});
