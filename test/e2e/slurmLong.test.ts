/** What takes a real Slurm minutes: `npm run test:slurm`. A node that is lost, the warning before a time limit, a controller that is killed hard. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bitsOf,
  onCluster,
  recordsOf,
  startOnCluster,
  undisturbed,
  writeStudy,
} from '../support/clusterStudy.js';
import { LocalSlurm, until, whyNoSlurm } from '../support/slurm.js';

const why = process.env.CETERIS_LONG_TESTS ? whyNoSlurm() : 'it is for `npm run test:slurm`';
if (why !== null) console.warn(`left out: the long tests on a cluster: ${why}`);

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-cluster-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.skipIf(why !== null)('on a cluster, for minutes', () => {
  let slurm: LocalSlurm;
  beforeAll(async () => {
    slurm = await LocalSlurm.start({ nodes: 3, cpus: 4, memory: 3000 });
  }, 60_000);
  afterAll(() => slurm?.stop(), 30_000);

  const stateOf = (study: string) =>
    slurm
      .call('squeue', '-h', '-r', '-t', 'all', '-o', '%T|%N|%j|%i')
      .split('\n')
      .find((line) => line.includes(`ceteris-${study}-`))
      ?.split('|') ?? [];
  const hasCheckpoint = (at: string, study: string) => {
    const runs = join(at, 'out', study, 'runs');
    const ids = existsSync(runs) ? readdirSync(runs) : [];
    return ids.some((id) => existsSync(join(runs, id, 'checkpoint.safetensors')));
  };

  test('a node that is lost: its run goes on elsewhere from the last checkpoint, with the same bits', async () => {
    const at = join(scratch, 'lost');
    const file = writeStudy(at, { name: 'lost', epochs: 300, launcher: 'cpus: 3' });
    onCluster(slurm, at, file);
    await until(30, 'its run has a checkpoint', () => hasCheckpoint(at, 'lost'));
    const node = stateOf('lost')[1];
    await slurm.crash(node);
    const followed = onCluster(slurm, at, file, '--watch', '--no-report');
    expect(followed.status).toBe(0);
    expect(recordsOf(at, 'lost')[0].cluster?.sittings.map(({ end }) => end)).toEqual([
      'node failure',
      'finished',
    ]);
    expect(bitsOf(at, 'lost')).toEqual(undisturbed(at, file, 'lost'));
    await slurm.up(node);
  });

  test('the warning before a time limit: the job writes a checkpoint, requeues itself, and ends with the same bits', async () => {
    const at = join(scratch, 'limit');
    const file = writeStudy(at, { name: 'limit', epochs: 300, launcher: 'cpus: 2, time: 10m' });
    onCluster(slurm, at, file);
    await until(30, 'its run has a checkpoint', () => hasCheckpoint(at, 'limit'));
    // What Slurm does by --signal=B:USR1@120, without eight minutes of waiting.
    slurm.call('scancel', '--batch', '--signal=USR1', stateOf('limit')[3]);
    const followed = onCluster(slurm, at, file, '--watch', '--no-report');
    expect(followed.status).toBe(0);
    expect(recordsOf(at, 'limit')[0].cluster?.sittings.map(({ end }) => end)).toEqual([
      'time limit',
      'finished',
    ]);
    expect(bitsOf(at, 'limit')).toEqual(undisturbed(at, file, 'limit'));
  });

  test('a controller that is killed hard while jobs run, and comes back: nothing is lost or trained twice', async () => {
    const at = join(scratch, 'killed');
    const file = writeStudy(at, { name: 'killed', epochs: 400, launcher: 'cpus: 2' });
    const followed = startOnCluster(slurm, at, file, '--watch', '--no-report');
    await until(30, 'its run has a checkpoint', () => hasCheckpoint(at, 'killed'));
    // What it has not written down yet would be lost with it: that is another matter.
    await sleep(12_000);
    await slurm.kill('ctld');
    await sleep(4000);
    await slurm.up('ctld');
    expect(await followed.ended).toBe(0);
    const ends = recordsOf(at, 'killed')[0].cluster?.sittings.map(({ end }) => end) ?? [];
    // Slurm may put the job back, since it lost what it knew of it last.
    expect([['finished'], ['requeued', 'finished']]).toContainEqual(ends);
    expect(bitsOf(at, 'killed')).toEqual(undisturbed(at, file, 'killed'));
  });
});
