/** What `trainer.record` asks for: answered side by side, and never waited for without end. */
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { commandSchema } from '../../study/trainer.js';
import { recordedOutputs } from './recorded.js';

const node = (code: string) => [process.execPath, '-e', code];
const asked = (record: object, more: object = {}) =>
  recordedOutputs(commandSchema.parse({ command: ['a'], record }), { folder: tmpdir(), ...more });

it('keeps what is printed, on either stream; says why where nothing can be kept', async () => {
  const outputs = await asked({
    one: node('console.log("1.2"); console.error("a warning")'),
    other: node('console.error("openjdk 17")'),
    fails: node('process.exit(3)'),
    absent: 'no-such-program-here --version',
    binary: node('process.stdout.write(Buffer.from([0, 255, 254, 200]))'),
  });
  expect(outputs).toEqual({
    one: '1.2',
    other: 'openjdk 17',
    fails: expect.stringMatching(/could not be told: .*exit code 3/),
    absent: 'could not be told: no-such-program-here (ENOENT)',
    binary: expect.stringMatching(/could not be told: .*it printed no text/),
  });
});

it('ends what hangs, with what it has started, and does not stand still meanwhile', async () => {
  const mark = `hang-${process.pid}`;
  let beats = 0;
  const beat = setInterval(() => beats++, 20);
  const hangs = ['bash', '-c', `exec -a ${mark} sleep 60 & sleep 60`];
  const outputs = await asked({ hangs, well: node('console.log(7)') }, { patience: 700 });
  clearInterval(beat);
  expect(outputs).toEqual({
    hangs: 'could not be told: bash (no answer within 0.7 seconds)',
    well: '7',
  });
  expect(beats).toBeGreaterThan(5);
  const left = () =>
    execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(mark) && !line.startsWith('Z'));
  // A moment after the signal a busy system may list them still.
  await expect.poll(left).toEqual([]);
});

it('is broken off with the study', async () => {
  const signal = AbortSignal.abort();
  expect(await asked({ hangs: ['sleep', '60'] }, { signal })).toEqual({
    hangs: 'could not be told: sleep (it was stopped)',
  });
});
