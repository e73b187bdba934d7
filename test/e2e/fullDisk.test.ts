/** A disk that fills up while a study runs. Needs a small file system of its own: mounted here where root may (Linux). */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { ceteris as runCeteris, startCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-disk-'));
const disk = join(scratch, 'disk');
mkdirSync(disk);
const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
const mounted = mount.status === 0;
if (!mounted) {
  console.warn(
    'left out: a study on a full disk, because no file system can be mounted here (it needs root on Linux)',
  );
}
afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(scratch, { recursive: true });
});

const file = join(scratch, 'small.yaml');
writeFileSync(
  file,
  `
name: small
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2 }
network: { name: cnn, channels: [8, 12] }
training: { epochs: 12, batchSize: 16, checkpointSeconds: 0, logSteps: 1 }
baseline: { learningRate: 0.02 }
seeds: 1
`,
);

/** Takes all the space that is left. */
function fill(path: string): void {
  const ballast = openSync(path, 'w');
  try {
    for (let size = 65536; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) writeSync(ballast, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(ballast);
  }
}

const weightsOf = (out: string) => {
  const runs = join(out, 'small', 'runs');
  return readFileSync(join(runs, readdirSync(runs)[0], 'weights.safetensors'));
};

test.skipIf(!mounted)(
  'a disk that fills up fails the run with a clear error; after space is freed the same command ends with the same bits',
  async () => {
    const arguments_ = ['run', file, '--no-report', '--out'];
    const { child, until, stderr, ended } = startCeteris(scratch, ...arguments_, disk);
    onTestFinished(() => void child.kill('SIGKILL'));
    // The checkpoint of an epoch is written after its line is told: that of the third is there when the fourth is.
    await until('epoch 4/');
    fill(join(disk, 'ballast'));
    expect(await ended).toBe(1);
    expect(stderr()).toMatch(/the disk is full[\s\S]*free some space/);
    expect(stderr()).not.toMatch(/\n +at /);

    const onFull = runCeteris(scratch, ...arguments_, disk);
    expect(onFull.status).toBe(1);
    expect(onFull.stderr).toContain('the disk is full');
    expect(onFull.stderr).not.toMatch(/\n +at /);

    rmSync(join(disk, 'ballast'));
    const again = runCeteris(scratch, ...arguments_, disk);
    expect(again.stderr).toMatch(/continues after epoch ([3-9]|1\d)/);
    expect(again.status).toBe(0);
    const other = join(scratch, 'undisturbed');
    expect(runCeteris(scratch, ...arguments_, other).status).toBe(0);
    expect(weightsOf(disk).equals(weightsOf(other))).toBe(true);
  },
  240_000,
);

test.skipIf(!mounted)(
  'a disk that fills up under a command fails its run in words; other runs keep what they have, and the next command goes on',
  async () => {
    rmSync(join(disk, 'small'), { recursive: true, force: true });
    // The second run waits until the disk is full, and then writes on.
    writeFileSync(
      join(scratch, 'train.mjs'),
      `import { appendFileSync, existsSync } from 'node:fs';
const [seed, out, ballast] = process.argv.slice(2);
const write = (text) => appendFileSync(out + '/metrics.csv', text);
write('epoch,valid_accuracy\\n');
for (let e = 1; e <= 3; e++) write(e + ',' + (0.5 + 0.01 * e) + '\\n');
if (seed === '1' && process.env.WAIT === '1') {
  console.log('waits');
  while (!existsSync(ballast + '.full')) await new Promise((resolve) => setTimeout(resolve, 50));
  for (let e = 4; e <= 9; e++) write(e + ',0.6' + ' '.repeat(5000) + '\\n');
}
`,
    );
    const command = `[node, train.mjs, '{seed}', '{run}', ${join(scratch, 'marks')}]`;
    const keys = `trainer:\n  command: ${command}\nbaseline: { x: 1 }\nseeds: 2\nmetric: valid/accuracy\n`;
    writeFileSync(join(scratch, 'mine.yaml'), `name: mine\n${keys}`);
    const call = ['run', join(scratch, 'mine.yaml'), '--no-report', '--out', disk];
    const recordOf = (seed: number) => {
      const runs = join(disk, 'mine/runs');
      const id = readdirSync(runs).find((one) => one.includes(`seed=${seed}`))!;
      return readFileSync(join(runs, id, 'run.json'), 'utf8');
    };
    process.env.WAIT = '1';
    const { child, until, stderr, ended } = startCeteris(scratch, ...call);
    // Where the test fails, neither the command stays nor the trainer that waits.
    onTestFinished(async () => {
      writeFileSync(join(scratch, 'marks.full'), '');
      child.kill('SIGKILL');
      await ended;
    });
    await until('1 of 2 runs done');
    while (!/seed=1\S* {2}epoch 3/.test(stderr())) await sleep(50);
    const first = recordOf(0);
    fill(join(disk, 'ballast'));
    writeFileSync(join(scratch, 'marks.full'), '');
    expect(await ended).toBe(1);
    expect(stderr()).toMatch(/seed=1\S*: failed[\s\S]*(the disk is full|ENOSPC|no space left)/);
    expect(recordOf(0)).toBe(first);
    expect(JSON.parse(first)).toMatchObject({ status: 'done', epochsDone: 3 });

    delete process.env.WAIT;
    rmSync(join(disk, 'ballast'));
    const again = runCeteris(scratch, ...call);
    expect(again.stderr).toContain('2 runs, 1 to do');
    expect(again.status).toBe(0);
    expect(JSON.parse(recordOf(1))).toMatchObject({ status: 'done', epochsDone: 3 });
    expect(recordOf(0)).toBe(first);
  },
  60_000,
);
