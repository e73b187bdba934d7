/** Studies on a real Slurm, started here for the time of the test: submitted, followed, taken away, ended, finished. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bitsOf,
  endsOf,
  isThere,
  logsOf,
  onCluster,
  recordsOf,
  startOnCluster,
  undisturbed,
  writeStudy,
} from '../support/clusterStudy.js';
import { LocalSlurm, until, whyNoSlurm } from '../support/slurm.js';

const why = whyNoSlurm();
if (why !== null && process.env.CETERIS_DEMAND_SLURM) throw new Error(`a Slurm was demanded: ${why}`);
if (why !== null) console.warn(`left out: studies on a cluster, because there is no Slurm here: ${why}`);

// A blank and a per cent sign: paths reach Slurm whole.
const scratch = mkdtempSync(join(tmpdir(), 'ceteris cluster %A-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folder = (name: string) => join(scratch, name);

describe.skipIf(why !== null)('on a cluster', () => {
  let slurm: LocalSlurm;
  beforeAll(async () => {
    slurm = await LocalSlurm.start({ nodes: 2, cpus: 4, memory: 3000, gpus: 2 });
  }, 60_000);
  afterAll(() => slurm?.stop(), 30_000);

  const queue = () => slurm.call('squeue', '-h', '-r', '-t', 'all', '-o', '%i|%T|%r|%j|%N');

  test('a study is submitted once as a job array, shown, followed to its report, and has the bits of this machine', () => {
    const at = folder('whole');
    const file = writeStudy(at, { name: 'whole', epochs: 20, rates: [0.01, 0.02], seeds: 2 });
    const first = onCluster(slurm, at, file, '--launcher', 'slurm');
    expect(first.stderr).toMatch(/submitted: 4 runs in 4 tasks, job \d+/);
    expect(first.status).toBe(0);
    expect(first.stdout).toContain('--watch follows it, --cancel ends it');
    const second = onCluster(slurm, at, file);
    expect(second.stderr).not.toContain('submitted');
    expect(second.stderr).toMatch(/of 4 runs done/);
    const followed = onCluster(slurm, at, file, '--watch');
    expect(followed.status).toBe(0);
    expect(followed.stderr).not.toContain('submitted');
    expect(followed.stdout).toContain('report');
    expect(
      queue()
        .split('\n')
        .filter((line) => line.includes('ceteris-whole')),
    ).toHaveLength(4);
    expect(endsOf(folder('whole'), 'whole')).toEqual([
      ['finished'],
      ['finished'],
      ['finished'],
      ['finished'],
    ]);
    expect(bitsOf(at, 'whole')).toEqual(undisturbed(at, file, 'whole'));
  });

  test('a run that is preempted writes no more, is requeued, goes on from its checkpoint, and has the bits of an undisturbed one', async () => {
    const at = folder('taken');
    const file = writeStudy(at, { name: 'taken', epochs: 150, launcher: 'cpus: 4' });
    expect(onCluster(slurm, at, file).stderr).toMatch(/submitted: \d+ runs? in \d+ tasks?/);
    await until(20, 'its run has a checkpoint', () => isThere(at, 'taken', 'checkpoint.safetensors'));
    // Both nodes for two seconds, as somebody of higher rank.
    slurm.call('sbatch', '-p', 'high', '-N2', '--exclusive', '-o', '/dev/null', '--wrap', 'sleep 2');
    const seen = new Set<string>();
    await until(40, 'it was requeued and runs again', () => {
      for (const line of queue().split('\n'))
        if (line.includes('ceteris-taken')) seen.add(line.split('|')[1]);
      return seen.has('PENDING') && queue().includes('|RUNNING|None|ceteris-taken');
    });
    const followed = onCluster(slurm, at, file, '--watch', '--no-report');
    expect(followed.status).toBe(0);
    const [record] = recordsOf(at, 'taken');
    expect(record.cluster?.sittings.map(({ end }) => end)).toEqual(['preempted', 'finished']);
    expect(logsOf(at, 'taken')).toMatch(/continues after epoch \d+/);
    expect(bitsOf(at, 'taken')).toEqual(undisturbed(at, file, 'taken'));
  });

  test('out of memory, a line of setup that fails, and GPUs: each told in words and in run.json', async () => {
    const big = folder('big');
    const setup = folder('setup');
    const gpus = folder('gpus');
    const files = {
      // Memory as it is not enough for Node itself.
      big: writeStudy(big, { name: 'big', epochs: 3, launcher: 'options: [--mem=40M]' }),
      setup: writeStudy(setup, { name: 'setup', epochs: 3, launcher: 'setup: ["true", "ls /nowhere"]' }),
      gpus: writeStudy(gpus, {
        name: 'gpus',
        epochs: 3,
        seeds: 2,
        launcher: 'gpus: 1, setup: ["echo gpu=$CUDA_VISIBLE_DEVICES"]',
      }),
    };
    for (const [name, file] of Object.entries(files)) {
      expect(onCluster(slurm, folder(name), file, '--device', 'cpu').stderr).toMatch(
        /submitted: \d+ runs? in \d+ tasks?/,
      );
    }
    const followed = onCluster(slurm, setup, files.setup, '--watch');
    expect(followed.status).toBe(1);
    expect(followed.stderr).toMatch(/exit code: the job \d+_0 on n\d ended with exit code 2/);
    expect(followed.stderr).toContain('a line of launcher.setup failed, exit code 2: ls /nowhere');
    const [failed] = recordsOf(setup, 'setup');
    expect([failed.status, failed.cluster?.sittings.at(-1)?.end]).toEqual(['failed', 'exit code']);
    if (!slurm.limitsMemory)
      console.log('left out: out of memory on the cluster (no cgroups can be made here)');
    else {
      const told = onCluster(slurm, big, files.big, '--watch').stderr;
      expect(told).toMatch(
        /out of memory: the job \d+_0 on n\d took more than it was given; raise launcher.memory/,
      );
      const [killed] = recordsOf(big, 'big');
      expect([killed.status, killed.cluster?.sittings.at(-1)?.end]).toEqual(['failed', 'out of memory']);
    }
    expect(onCluster(slurm, gpus, files.gpus, '--watch', '--device', 'cpu', '--no-report').status).toBe(0);
    const logs = readdirSync(join(gpus, 'out/gpus/cluster/logs')).map((name) =>
      readFileSync(join(gpus, 'out/gpus/cluster/logs', name), 'utf8'),
    );
    expect(logs.map((text) => /gpu=(\S*)/.exec(text)?.[1]).sort()).toEqual(['0', '1']);
  });

  test('what the cluster can never give is refused before anything is submitted', () => {
    const at = folder('never');
    const file = writeStudy(at, { name: 'never', epochs: 1 });
    const asks = (set: string, other = 'name=never') =>
      onCluster(slurm, at, file, '--set', set, '--set', other);
    const refusals: [string, RegExp][] = [
      ['launcher.cpus=99', /launcher\.cpus[\s\S]*at most 4, the cores of a node of main/],
      ['launcher.memory=90G', /launcher\.memory[\s\S]*at most 3000M/],
      ['launcher.gpus=3', /launcher\.gpus[\s\S]*at most 2/],
      ['launcher.partition=shrot', /no such partition[\s\S]*one of main, high, short/],
      ['launcher.options=[--array=0-3]', /belongs to Ceteris/],
    ];
    for (const [set, words] of refusals) {
      const { status, stderr } = asks(set);
      expect(stderr).toMatch(words);
      expect(status).toBe(2);
    }
    const long = asks('launcher.partition=short', 'launcher.time=2h');
    expect(long.stderr).toMatch(/launcher\.time[\s\S]*at most 0-00:10:00 in the partition short/);
    expect(existsSync(join(at, 'out'))).toBe(false);
    expect(queue()).not.toContain('ceteris-never');
  });

  test('Ctrl-C detaches and says so; --cancel ends what was submitted, and the run says who ended it', async () => {
    const at = folder('ended');
    const file = writeStudy(at, { name: 'ended', epochs: 1_000_000 });
    const followed = startOnCluster(slurm, at, file, '--watch');
    await until(30, 'its run has a checkpoint', () => isThere(at, 'ended', 'checkpoint.safetensors'));
    followed.child.kill('SIGINT');
    expect(await followed.ended).toBe(130);
    expect(followed.said()).toContain('detached: the jobs go on without this command');
    expect(queue()).toMatch(/RUNNING\|None\|ceteris-ended/);
    const cancelled = onCluster(slurm, at, file, '--cancel');
    expect(cancelled.stdout).toMatch(/ended: 1 task of job \d+. What was trained is kept/);
    expect(cancelled.status).toBe(0);
    const state = onCluster(slurm, at, file, '--set', 'launcher.options=[--hold]');
    expect(state.stderr).toMatch(/cancelled: somebody ended the job \d+_0 on n\d \(scancel\)/);
    const held = onCluster(slurm, at, file);
    expect(held.stderr).toMatch(/1 waiting: held by their user \(JobHeldUser\)\s+do: see to the cause/);
    expect(recordsOf(at, 'ended')[0]).toMatchObject({
      status: 'interrupted',
      cluster: { sittings: [{ end: 'cancelled' }] },
    });
    expect(onCluster(slurm, at, file, '--cancel').status).toBe(0);
    expect(onCluster(slurm, at, file, '--cancel').stdout).toContain('the queue has nothing of this study');
  });

  test('a controller that hangs while a study is submitted: it is looked for by its name, and nothing is submitted twice', async () => {
    const at = folder('away');
    const file = writeStudy(at, { name: 'away', epochs: 20, rates: [0.01, 0.02] });
    const submits = startOnCluster(slurm, at, file);
    // It hangs from the moment at which the submission is written down.
    const cluster = join(at, 'out/away/cluster');
    while (!existsSync(cluster) || !readdirSync(cluster).some((name) => name.endsWith('.sh'))) await breath();
    slurm.signal('ctld', 'SIGSTOP');
    await submits.ended;
    expect(submits.said()).toMatch(/handed over: 2 runs in 2 tasks, but the cluster did not say/);
    const blind = onCluster(slurm, at, file);
    expect(blind.status).toBe(1);
    expect(blind.stderr).toContain('the controller of the cluster did not answer');
    expect(blind.stderr).toContain('none is submitted twice');
    slurm.signal('ctld', 'SIGCONT');
    await until(20, 'the controller answers', () => slurm.tryCall('scontrol', 'ping') !== null);
    const followed = onCluster(slurm, at, file, '--watch', '--no-report');
    expect(followed.status).toBe(0);
    expect(followed.stderr).not.toContain('submitted');
    expect(readdirSync(cluster).filter((name) => name.endsWith('.sh'))).toHaveLength(1);
    expect(bitsOf(at, 'away')).toEqual(undisturbed(at, file, 'away'));
  });
});

const breath = (milliseconds = 5) => new Promise((resolve) => setTimeout(resolve, milliseconds));
