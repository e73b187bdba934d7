/**
 * What goes wrong on a cluster (`npm run test:slurm`): jobs that run twice, nodes that come back, full disks, a time limit,
 * a controller that is away. On a real Slurm; where accounts are asked, `sacct` is a script (slurmAccounts.test.ts has a real one).
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bitsOf,
  endsOf,
  isThere,
  logsOf,
  onCluster,
  outputsOf,
  recordsOf,
  runsOf,
  startOnCluster,
  tasksOf,
  undisturbed,
  writeStudy,
  writeTrainer,
} from '../support/clusterStudy.js';
import { LocalSlurm, until, whyNoSlurm } from '../support/slurm.js';

const why = process.env.CETERIS_LONG_TESTS ? whyNoSlurm() : 'it is for `npm run test:slurm`';
if (why !== null) console.warn(`left out: what goes wrong on a cluster: ${why}`);

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-cluster-'));
const folder = (name: string) => {
  mkdirSync(join(scratch, name), { recursive: true });
  return join(scratch, name);
};
/** Small file systems: where slurmd of the node n1 keeps the scripts of its jobs, and where a study lies. */
const small = [
  { at: folder('spool/n1'), size: '300k' },
  { at: folder('disk'), size: '3m' },
];
const mounted = small.filter(
  ({ at, size }) =>
    why === null && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at]).status === 0,
);
const canMount = mounted.length === small.length;
if (why === null && !canMount)
  console.warn('left out: full disks on a cluster: no file system can be mounted here');
afterAll(() => {
  for (const { at } of mounted) spawnSync('umount', [at]);
  rmSync(scratch, { recursive: true, force: true });
});

/** Takes all the space of a file system; @returns what gives it back */
function fill(at: string): () => void {
  const ballast = join(at, 'ballast');
  for (const size of ['64k', '1k', '1']) {
    spawnSync('sh', [
      '-c',
      `dd if=/dev/zero bs=${size} of="$0" oflag=append conv=notrunc 2>/dev/null`,
      ballast,
    ]);
  }
  return () => rmSync(ballast);
}

/** A study that a command trains, for `epochs` tenths of a second; @returns its file */
function commandStudy(
  at: string,
  name: string,
  epochs: number,
  more: { launcher?: string; args?: string; trainer?: string } = {},
): string {
  writeTrainer(at);
  const file = join(at, `${name}.yaml`);
  writeFileSync(
    file,
    `name: ${name}
trainer:
  command: [${process.execPath}, train.mjs, --lr, '{learningRate}', --seed, '{seed}', --epochs, '${epochs}', --out, '{run}'${more.args ?? ''}]
  resume: --resume
  ${more.trainer ?? 'grace: 5'}
baseline: { learningRate: 0.1 }
seeds: 1
metric: { name: valid/accuracy, goal: maximize }
launcher: { name: slurm, memory: 500M${more.launcher ?? ''} }
`,
  );
  return file;
}

describe.skipIf(why !== null)('on a cluster', () => {
  let slurm: LocalSlurm;
  beforeAll(async () => {
    const more = [`SlurmdSpoolDir=${scratch}/spool/%n`];
    slurm = await LocalSlurm.start({ nodes: 3, cpus: 4, memory: 3000, more });
  }, 60_000);
  afterAll(() => slurm?.stop(), 30_000);

  const nodeOf = (name: string) => tasksOf(slurm, name)[0].split('|')[2];
  const runs = (name: string) => tasksOf(slurm, name).some((line) => line.startsWith('RUNNING'));
  const hasBegun = (at: string, name: string) =>
    runs(name) &&
    (isThere(at, name, 'checkpoint.safetensors') || isThere(at, name, 'trainer/checkpoint.txt'));

  test.skipIf(!canMount)(
    'the disk of one node is full: its job is held by Slurm, released by the command, and runs elsewhere',
    () => {
      const at = folder('spooled');
      const file = writeStudy(at, { name: 'spooled', epochs: 5, launcher: 'cpus: 4' });
      const give = fill(join(scratch, 'spool/n1'));
      const followed = onCluster(slurm, at, file, '--watch', '--no-report');
      give();
      expect(followed.stderr).toMatch(
        /a node could not begin \d+_0, and Slurm held them \(launch failed requeued held\): released, to begin elsewhere \(1 of 3 times\)/,
      );
      expect(followed.status).toBe(0);
      expect(recordsOf(at, 'spooled')[0].cluster?.sittings).toMatchObject([{ node: 'n2', end: 'finished' }]);
      expect(bitsOf(at, 'spooled')).toEqual(undisturbed(at, file, 'spooled'));
      slurm.call('scontrol', 'update', 'NodeName=n1', 'State=RESUME');
    },
    200_000,
  );

  test('a ghost: the job of a node that Slurm lost works on, its copy leaves the run to it, and no trace of the copy is in the run', async () => {
    const at = folder('ghost');
    const file = commandStudy(at, 'ghost', 1500);
    const followed = startOnCluster(slurm, at, file, '--watch', '--no-report');
    await until(30, 'it has begun', () => hasBegun(at, 'ghost'));
    const node = nodeOf('ghost');
    await slurm.kill(node);
    await until(60, 'a copy of it runs elsewhere', () => runs('ghost') && nodeOf('ghost') !== node);
    await until(120, 'the copy has left', () => tasksOf(slurm, 'ghost')[0].startsWith('COMPLETED'));
    const [output] = Object.values(outputsOf(at, 'ghost'));
    expect(output).toContain('another process works on it, and it is left to that one');
    expect(await followed.ended).toBe(0);
    expect(followed.said()).toContain('1 worked on outside of the queue');
    expect(followed.said().match(/submitted:/g)).toHaveLength(1);
    expect(recordsOf(at, 'ghost')[0].cluster?.sittings).toMatchObject([{ node, end: 'finished' }]);
    expect(logsOf(at, 'ghost').match(/begins after epoch/g)).toHaveLength(1);
    const [run] = runsOf(at, 'ghost');
    expect(readFileSync(join(run, 'metrics.csv'), 'utf8').trim().split('\n').at(-1)).toMatch(/^1500,/);
    await slurm.up(node);
  }, 400_000);

  test('a ghost that slept: its copy takes the run after a minute of silence, and the ghost stops without a trace when it wakes', async () => {
    const at = folder('slept');
    const file = writeStudy(at, { name: 'slept', epochs: 300, launcher: 'cpus: 2' });
    onCluster(slurm, at, file);
    await until(30, 'it has begun', () => hasBegun(at, 'slept'));
    const node = nodeOf('slept');
    expect(slurm.signalJobs(node, 'SIGSTOP')).toBeGreaterThan(0);
    await slurm.kill(node);
    await until(60, 'a copy of it runs elsewhere', () => runs('slept') && nodeOf('slept') !== node);
    await until(100, 'the copy works', () => /continues after epoch/.test(logsOf(at, 'slept')));
    // It wakes in the middle of the other's work.
    slurm.signalJobs(node, 'SIGCONT');
    await until(30, 'it has ended', () => slurm.signalJobs(node, 'SIGCONT') === 0);
    expect(onCluster(slurm, at, file, '--watch', '--no-report').status).toBe(0);
    const [record] = recordsOf(at, 'slept');
    expect(record.cluster?.sittings.map(({ end }) => end)).toEqual(['node failure', 'finished']);
    expect(record.status).toBe('done');
    expect(bitsOf(at, 'slept')).toEqual(undisturbed(at, file, 'slept'));
    await slurm.up(node);
  }, 400_000);

  test('a job that starts twice: the second one finds the run in other hands, then done, and leaves no trace in it', async () => {
    const at = folder('twice');
    const file = writeStudy(at, { name: 'twice', epochs: 100, launcher: 'cpus: 2' });
    onCluster(slurm, at, file);
    await until(30, 'it has begun', () => hasBegun(at, 'twice'));
    const cluster = join(at, 'out/twice/cluster');
    const script = readdirSync(cluster).find((name) => name.endsWith('.sh')) ?? '';
    // As somebody does who thinks that it was lost.
    const again = slurm.call(
      'sbatch',
      '--parsable',
      '--array=0',
      '-o',
      join(cluster, 'logs/again.log'),
      join(cluster, script),
    );
    const followed = onCluster(slurm, at, file, '--watch', '--no-report');
    expect(followed.status).toBe(0);
    await until(60, 'the second has ended', () =>
      slurm
        .call('squeue', '-h', '-t', 'all', '-j', again, '-o', '%T')
        .split('\n')
        .every((state) => state === 'COMPLETED'),
    );
    expect(endsOf(at, 'twice')).toEqual([['finished']]);
    expect(logsOf(at, 'twice').match(/starts|continues/g)).toHaveLength(1);
    expect(readFileSync(join(cluster, 'logs/again.log'), 'utf8')).toContain('ceteris: sitting of the job');
    expect(bitsOf(at, 'twice')).toEqual(undisturbed(at, file, 'twice'));
  });

  test('a time limit by the clock of Slurm: who heeds the warning goes on in another sitting, who does not is ended and told so', async () => {
    const at = folder('limits');
    const heeds = commandStudy(at, 'heeds', 800, { launcher: ', time: 1m' });
    const deaf = commandStudy(at, 'deaf', 100_000, {
      launcher: ', time: 1m',
      args: ', --deaf',
      trainer: 'grace: 600',
    });
    onCluster(slurm, at, deaf);
    expect(onCluster(slurm, at, heeds, '--watch', '--no-report').status).toBe(0);
    const ends = endsOf(at, 'heeds')[0] ?? [];
    expect(ends.length).toBeGreaterThanOrEqual(2);
    expect(ends.slice(0, -1)).toEqual(Array(ends.length - 1).fill('time limit'));
    expect(ends.at(-1)).toBe('finished');
    const [run] = runsOf(at, 'heeds');
    expect(readFileSync(join(run, 'metrics.csv'), 'utf8').trim().split('\n')).toHaveLength(801 + 1);
    expect(logsOf(at, 'heeds').match(/begins after epoch 0/g)).toHaveLength(1);
    await until(90, 'the limit has struck', () => tasksOf(slurm, 'deaf')[0].startsWith('TIMEOUT'));
    // Its process could not give its lock back, which falls after a minute.
    const follows = startOnCluster(slurm, at, deaf, '--set', 'launcher.options=[--hold]', '--watch');
    await until(100, 'it is told', () => follows.said().includes('interrupted'));
    follows.child.kill('SIGINT');
    await follows.ended;
    expect(follows.said()).toMatch(
      /interrupted\s+time limit: the job \d+_0 on n\d was ended before it could requeue itself; raise launcher.time/,
    );
    expect(endsOf(at, 'deaf')).toEqual([['time limit']]);
    expect(readFileSync(join(runsOf(at, 'deaf')[0], 'log.txt'), 'utf8')).toContain('heard, and not heeded');
    // Nothing of it is left.
    expect(spawnSync('pgrep', ['-f', `${process.execPath} train.mjs.*--deaf`]).status).toBe(1);
    expect(onCluster(slurm, at, deaf, '--cancel').status).toBe(0);
  }, 400_000);

  test.skipIf(!canMount)(
    'the disk of the study is full for a while: what is told, and what the same command brings to its end later',
    async () => {
      const at = folder('disk');
      const file = writeStudy(at, { name: 'full', epochs: 200, launcher: 'cpus: 2' });
      onCluster(slurm, at, file);
      await until(30, 'it has begun', () => hasBegun(at, 'full'));
      const give = fill(at);
      await until(60, 'its job has ended', () => !runs('full'));
      const blind = onCluster(slurm, at, file);
      expect(blind.status).not.toBe(0);
      expect(blind.stderr).toMatch(/no space left|full/i);
      expect(blind.stderr).not.toMatch(/\n\s+at /);
      give();
      const followed = onCluster(slurm, at, file, '--watch', '--no-report');
      expect(followed.status).toBe(0);
      const [record] = recordsOf(at, 'full');
      expect(record.status).toBe('done');
      expect(logsOf(at, 'full')).toMatch(/continues after epoch/);
      const twin = folder('disk-twin');
      expect(bitsOf(at, 'full')).toEqual(undisturbed(twin, file, 'full'));
    },
    200_000,
  );

  test('a controller that is away: nothing is submitted, looked at, ended or forgotten on a guess, and all of it later', async () => {
    const at = folder('away');
    const file = commandStudy(at, 'away', 250);
    await slurm.kill('ctld', 'SIGTERM');
    const submit = onCluster(slurm, at, file);
    expect([submit.status, existsSync(join(at, 'out/away/cluster'))]).toEqual([1, false]);
    expect(submit.stderr).toContain('the controller of the cluster did not answer');
    await slurm.up('ctld');
    const followed = startOnCluster(slurm, at, file, '--watch', '--no-report');
    await until(30, 'it has begun', () => hasBegun(at, 'away'));
    await slurm.kill('ctld', 'SIGTERM');
    const look = onCluster(slurm, at, file);
    const cancel = onCluster(slurm, at, file, '--cancel');
    for (const { status, stderr } of [look, cancel]) {
      expect(status).toBe(1);
      expect(stderr).toContain('the controller of the cluster did not answer');
    }
    await until(60, 'the one that follows says so', () =>
      /asked again later; jobs go on/.test(followed.said()),
    );
    await sleep(1000);
    await slurm.up('ctld');
    expect(await followed.ended).toBe(0);
    expect(followed.said()).toContain('the controller answers again');
    expect(followed.said().match(/submitted:/g)).toHaveLength(1);
    expect(endsOf(at, 'away')).toEqual([['finished']]);
  });

  test('two people who submit a study at once submit it once', async () => {
    const at = folder('both');
    const file = writeStudy(at, { name: 'both', epochs: 3, rates: [0.01, 0.02] });
    const two = [1, 2].map(() => startOnCluster(slurm, at, file));
    expect(await Promise.all(two.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(
      two
        .map(({ said }) => said())
        .join('\n')
        .match(/submitted:/g),
    ).toHaveLength(1);
    expect(onCluster(slurm, at, file, '--watch', '--no-report').status).toBe(0);
    expect(tasksOf(slurm, 'both')).toHaveLength(2);
  });
});

test.skipIf(why !== null)(
  'what has vanished from the queue is told by the accounts, asked once for an array (a script in place of sacct)',
  async () => {
    const slurm = await LocalSlurm.start({ nodes: 1, cpus: 8, memory: 3000, more: ['MinJobAge=5'] });
    try {
      const at = folder('accounts');
      const file = writeStudy(at, { name: 'accounts', epochs: 3, seeds: 6, launcher: 'setup: ["exit 3"]' });
      onCluster(slurm, at, file);
      await until(60, 'all have vanished', () => tasksOf(slurm, 'accounts').length === 0);
      // As `sacct --noheader --parsable2 --allocations --format=JobID,State,ExitCode,NodeList` prints them.
      const lines = [
        '0|FAILED|3:0|n1',
        '1|OUT_OF_MEMORY|0:125|n1',
        '2|CANCELLED by 0|0:15|n1',
        '3|NODE_FAIL|0:0|n1',
        '4|TIMEOUT|0:0|n1',
        '5|PREEMPTED|0:0|n1',
      ];
      const bin = folder('bin');
      const said = join(scratch, 'asked.txt');
      writeFileSync(
        join(bin, 'sacct'),
        `#!/bin/sh\necho "$@" >>'${said}'\nfor one; do case $one in --jobs=*) job=\${one#--jobs=} ;; esac; done\n${lines.map((line) => `echo "\${job}_${line}"`).join('\n')}\n`,
      );
      chmodSync(join(bin, 'sacct'), 0o755);
      const environment = { ...slurm.environment, PATH: `${bin}:${slurm.environment.PATH}` };
      const told = onCluster({ environment }, at, file, '--set', 'launcher.options=[--hold]');
      const words = ['exit code', 'out of memory', 'cancelled', 'node failure', 'time limit', 'preempted'];
      expect(endsOf(at, 'accounts').flat().sort()).toEqual(['exit code', 'out of memory']);
      for (const end of words) expect(told.stderr).toContain(`${end}: `);
      expect(readFileSync(said, 'utf8').trim().split('\n')).toHaveLength(1);
    } finally {
      await slurm.stop();
    }
  },
  120_000,
);
