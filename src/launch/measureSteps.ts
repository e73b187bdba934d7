/** Times a few steps of a run's own network and batch, with as many runs side by side as the study will have. */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { workError } from '../base/errors.js';
import { median } from '../stats/summary.js';
import type { RunConfiguration } from '../study/types.js';
import type { Allotment } from './allotment.js';

export interface StepTimes {
  /** Milliseconds of a training step and of an evaluation step at the batch size of the run. */
  readonly trainMs: number;
  readonly evaluateMs: number;
  /** Compiling, planning memory, starting threads, drawing weights. */
  readonly startMs: number;
}

/** What a measuring worker gets. */
export interface MeasureSetup {
  readonly configuration: RunConfiguration;
  readonly classes: number;
  readonly threads: number;
  readonly workers: number;
  /** Runs in lockstep in each worker. */
  readonly replicas: number;
  /** One int32 on shared memory: how many workers are ready. */
  readonly ready: Int32Array;
}

/** Random images take the place of the dataset. The median over the workers; a step is one of all replicas. */
export async function measureSteps(
  configuration: RunConfiguration,
  classes: number,
  { workers, threads, replicas = 1 }: Allotment & { readonly replicas?: number },
): Promise<StepTimes> {
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const setup: MeasureSetup = { configuration, classes, threads, workers, replicas, ready };
  const times = await Promise.all(Array.from({ length: workers }, () => measureInWorker(setup)));
  const of = (name: keyof StepTimes) => median(times.map((one) => one[name])) ?? Number.NaN;
  return { trainMs: of('trainMs'), evaluateMs: of('evaluateMs'), startMs: of('startMs') };
}

function measureInWorker(setup: MeasureSetup): Promise<StepTimes> {
  const entry = createRequire(import.meta.url).resolve('#dist/launch/measureWorker.js');
  const worker = new Worker(entry, { workerData: setup });
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown) =>
      reject(workError({ what: 'the steps could not be timed', rule: String(cause), cause }));
    worker.once('message', resolve);
    worker.once('error', failed);
    worker.once('exit', (code) => failed(`the worker ended with ${code}`));
  });
}
