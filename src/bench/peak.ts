/** What this machine can do at most, measured on the spot: multiply-add in vectors, and memory traffic. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { probeVariant } from '../backends/wasm/node/variants.js';
import type { Peak } from './work.js';

export interface MeasuredPeak extends Peak {
  readonly readGigabytesPerSecond: number;
  readonly copyGigabytesPerSecond: number;
}

/** Each thread's part, in bytes: more than the caches of its core and its share of the last level. */
const part = 64 * 2 ** 20;
const base = 65536;
/** Seconds of each measurement. */
const seconds = 0.4;

/**
 * A thread that repeats one loop, together with the others, and tells its rate, in work a nanosecond: of the best
 * repetition for arithmetic; of the median one for memory, which the threads share, so that the best is one thread's
 * alone.
 */
const source = `
const { workerData, parentPort } = require('node:worker_threads');
const { module, base, part, seconds } = workerData;
const pages = Math.ceil((base + part) / 65536);
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
// Pages that were never written are one page of zeros to the machine, and lie in the nearest cache.
new Uint8Array(memory.buffer).fill(1);
const { multiplyAdd, read, copy } = new WebAssembly.Instance(module, { env: { memory, abort() {} } }).exports;
const half = part / 2;
const loops = {
  multiplyAdd: { work: 96e5, share: 1, run: () => multiplyAdd(1e5, 0.5, 1) },
  read: { work: part, share: 0.5, run: () => read(base, part) },
  copy: { work: part, share: 0.5, run: () => copy(base + half, base, half) },
};
function rate({ work, share, run }) {
  const rates = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const start = performance.now();
    run();
    rates.push(work / (1e6 * (performance.now() - start)));
  }
  rates.sort((a, b) => a - b);
  return rates[Math.round(share * (rates.length - 1))];
}
parentPort.on('message', (loop) => parentPort.postMessage(rate(loops[loop])));
parentPort.postMessage('ready');
`;

/** Peak of `threads` threads at once. Takes about two seconds. */
export async function measurePeak(threads: number): Promise<MeasuredPeak> {
  const path = createRequire(import.meta.url).resolve(`#dist/wasm/bench-${probeVariant()}.wasm`);
  const module = new WebAssembly.Module(readFileSync(path));
  const workers = Array.from(
    { length: threads },
    () => new Worker(source, { eval: true, workerData: { module, base, part, seconds } }),
  );
  try {
    await Promise.all(workers.map(answer));
    const together = async (loop: 'multiplyAdd' | 'read' | 'copy'): Promise<number> => {
      const rates = workers.map(answer);
      for (const worker of workers) worker.postMessage(loop);
      return (await Promise.all(rates)).reduce<number>((sum, rate) => sum + Number(rate), 0);
    };
    const gflops = await together('multiplyAdd');
    const read = await together('read');
    const copy = await together('copy');
    return {
      gflops,
      gigabytesPerSecond: Math.max(read, copy),
      readGigabytesPerSecond: read,
      copyGigabytesPerSecond: copy,
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function answer(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
