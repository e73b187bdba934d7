/**
 * Makes steps of MobileNet when it is told to on stdin (`train 3`, `evaluate 3`: so many, after one that is not counted)
 * and prints their times in ms. For peer.mjs; `pytorch_step.py --serve` does the same.
 */
import { createInterface } from 'node:readline';
import { openSubject } from '#dist/bench/subject.js';
import { count, readOptions } from './support.mjs';

const flags = readOptions({
  threads: { type: 'string' },
  width: { type: 'string' },
  batch: { type: 'string' },
  'cpu-vectors': { type: 'string' },
});
const subject = await openSubject({
  network: { name: 'mobilenet', width: Number(flags.width) },
  batch: count('batch', flags.batch),
  threads: count('threads', flags.threads),
  ...(flags['cpu-vectors'] === undefined ? {} : { cpuVectors: Number(flags['cpu-vectors']) }),
});
const work = { train: subject.train, evaluate: subject.evaluate };

function times(kind, steps) {
  work[kind]();
  return Array.from({ length: steps }, () => {
    const start = performance.now();
    work[kind]();
    return performance.now() - start;
  });
}

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
for (const kind of Object.keys(work)) times(kind, 4);
say({ kernels: subject.step.description.variant });
for await (const line of createInterface({ input: process.stdin })) {
  const [kind, steps] = line.split(' ');
  say(times(kind, Number(steps)));
}
await subject.step.dispose();
process.exit(0);
