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
import { afterAll, expect, test } from 'vitest';
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
    const { until, stderr, ended } = startCeteris(scratch, ...arguments_, disk);
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
