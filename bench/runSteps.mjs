/** Trains full-width MobileNet for some seconds once it is told to on stdin; prints the steps' times. For threads.mjs. */
import { once } from 'node:events';
import { openSubject } from '#dist/bench/subject.js';
import { count, readOptions } from './support.mjs';

const flags = readOptions({
  threads: { type: 'string' },
  seconds: { type: 'string' },
  width: { type: 'string' },
});
const network = { name: 'mobilenet', width: Number(flags.width) };
const subject = await openSubject({ network, batch: 128, threads: count('threads', flags.threads) });
subject.train();
subject.train();
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const times = [];
const end = performance.now() + 1000 * count('seconds', flags.seconds);
while (performance.now() < end) {
  const start = performance.now();
  subject.train();
  times.push(performance.now() - start);
}
process.stdout.write(`${JSON.stringify(times)}\n`);
await subject.step.dispose();
process.exit(0);
