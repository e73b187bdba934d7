/** Hostile surroundings of a study on a cluster (`npm run test:slurm`): names, shells, environments, places that nodes do not have, other users. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bitsOf,
  endsOf,
  onCluster,
  outputsOf,
  recordsOf,
  tasksOf,
  undisturbed,
  writeStudy,
} from '../support/clusterStudy.js';
import { LocalSlurm, until, whyNoSlurm } from '../support/slurm.js';
import { main } from './command.js';

const why = process.env.CETERIS_LONG_TESTS ? whyNoSlurm() : 'it is for `npm run test:slurm`';
if (why !== null) console.warn(`left out: hostile surroundings of a study on a cluster: ${why}`);

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-cluster-'));
const folder = (name: string) => {
  mkdirSync(join(scratch, name), { recursive: true });
  return join(scratch, name);
};
let unmount = () => {};
afterAll(() => {
  unmount();
  rmSync(scratch, { recursive: true, force: true });
});

describe.skipIf(why !== null)('on a cluster', () => {
  let slurm: LocalSlurm;
  beforeAll(async () => {
    slurm = await LocalSlurm.start({ nodes: 2, cpus: 4, memory: 3000 });
  }, 60_000);
  afterAll(() => slurm?.stop(), 30_000);

  test('a home behind a link, a folder with blanks, quotes, dollars and per cent signs, setup in several lines, the environment of an outer job', () => {
    const real = folder('real');
    const home = join(scratch, 'home');
    symlinkSync(real, home);
    const at = join(home, `it's "my" $HOME; %A ä, 1`);
    mkdirSync(at);
    const setup = JSON.stringify([
      `greeting='it is "fine", ü'`,
      `if true; then\n  echo "said: $greeting, \${SLURM_JOB_NAME%%-*}"\nfi`,
      'echo "kept: $KEPT" \\',
    ]);
    const file = writeStudy(at, { name: 'odd', epochs: 3, rates: [0.01, 0.02], launcher: `setup: ${setup}` });
    const outer = {
      SLURM_JOB_ID: '7',
      SLURM_ARRAY_TASK_ID: '5',
      SLURM_MEM_PER_NODE: '1',
      SLURM_CPUS_PER_TASK: '99',
      SBATCH_TIMELIMIT: '0:01',
      SBATCH_EXPORT: 'NONE',
      SBATCH_ARRAY_INX: '0-9',
      SQUEUE_FORMAT: '%i',
      SQUEUE_STATES: 'PENDING',
      KEPT: 'a,b\nc',
    };
    const within = { environment: { ...slurm.environment, ...outer } };
    const followed = onCluster(within, at, file, '--watch', '--no-report');
    expect(followed.stderr).toMatch(/submitted: 2 runs in 2 tasks/);
    expect(followed.status).toBe(0);
    for (const text of Object.values(outputsOf(at, 'odd'))) {
      expect(text).toContain('said: it is "fine", ü, ceteris\n');
      expect(text).toContain('kept: a,b\nc\n');
    }
    expect(bitsOf(at, 'odd')).toEqual(undisturbed(at, file, 'odd'));
  });

  test('Node that the nodes do not have at its place is the one that setup brings; none at all is told', async () => {
    const node = join(folder('login'), 'node');
    copyFileSync(process.execPath, node);
    const places = { brought: join(process.execPath, '..'), none: '/nowhere' };
    const files = Object.entries(places).map(([name, path]) => {
      const launcher = `setup: ["export PATH=${path}"], options: [--hold]`;
      const file = writeStudy(folder(name), { name, epochs: 3, launcher });
      const submitted = spawnSync(node, [main, 'run', file, '--out', join(scratch, name, 'out')], {
        cwd: folder(name),
        env: slurm.environment,
        encoding: 'utf8',
      });
      expect(submitted.stderr).toMatch(/submitted: \d+ runs? in \d+ tasks?/);
      return file;
    });
    rmSync(node);
    for (const name of Object.keys(places))
      slurm.call('scontrol', 'release', tasksOf(slurm, name)[0].split('|')[3]);
    expect(onCluster(slurm, folder('brought'), files[0], '--watch', '--no-report').status).toBe(0);
    await until(30, 'the job without Node has failed', () => tasksOf(slurm, 'none')[0].startsWith('FAILED'));
    const none = onCluster(slurm, folder('none'), files[1]);
    expect(none.stderr).toMatch(
      /exit code 127 [\s\S]*there is no Node on this machine, neither \S+login\/node nor in PATH/,
    );
    expect(recordsOf(folder('none'), 'none')).toMatchObject([
      {
        status: 'failed',
        statusReason: expect.stringContaining('exit code 127') as string,
        cluster: { sittings: [{ end: 'exit code' }] },
      },
    ]);
  });

  test('a line of setup with an open quote, and options of ours by any of their names, are refused before anything is submitted', () => {
    const at = folder('refused');
    for (const [launcher, words] of [
      ['setup: ["echo \'oops"]', /launcher\.setup[\s\S]*unexpected EOF/],
      ['options: [--arr=0-3]', /belongs to Ceteris[\s\S]*--arr=0-3/],
      ['options: [--outp=x]', /belongs to Ceteris/],
      ['options: [-Jname]', /belongs to Ceteris/],
    ] as const) {
      const { status, stderr } = onCluster(
        slurm,
        at,
        writeStudy(at, { name: 'refused', epochs: 1, launcher }),
      );
      expect(stderr).toMatch(words);
      expect(status).toBe(2);
    }
    expect(existsSync(join(at, 'out/refused/cluster'))).toBe(false);
  });

  test('a user without an account is told what the cluster said, and nothing is left of the submission', () => {
    const bin = folder('bin');
    writeFileSync(
      join(bin, 'sbatch'),
      '#!/bin/sh\necho "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified" >&2\nexit 1\n',
    );
    chmodSync(join(bin, 'sbatch'), 0o755);
    const at = folder('poor');
    const environment = { ...slurm.environment, PATH: `${bin}:${slurm.environment.PATH}` };
    const { status, stderr } = onCluster({ environment }, at, writeStudy(at, { name: 'poor', epochs: 1 }));
    expect(stderr).toMatch(
      /the cluster refused sbatch[\s\S]*Invalid account or account\/partition combination/,
    );
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(2);
    expect(spawnSync('ls', [join(at, 'out/poor/cluster')], { encoding: 'utf8' }).stdout.trim()).toBe('logs');
  });

  test('a study on a disk that the nodes do not have: its jobs fail without an output, and that is told with what to see to', () => {
    const at = folder('own disk');
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', at]).status !== 0) {
      console.log('left out: no file system can be mounted here');
      return;
    }
    unmount = () => spawnSync('umount', [at]);
    const file = writeStudy(at, { name: 'alone', epochs: 1 });
    const followed = onCluster(slurm, at, file, '--watch');
    expect(followed.stderr).toMatch(
      /launch failed: the job \d+_0 on n\d could not be begun, and there is no output of it at .*: see that its node has this folder/,
    );
    expect(followed.status).toBe(1);
    expect(endsOf(at, 'alone')).toEqual([['launch failed']]);
  });

  test.skipIf(userInfo().uid !== 0)(
    'another user who gives the command sees the jobs of the first, submits none again, and may not end them',
    () => {
      const at = folder('shared');
      const file = writeStudy(at, { name: 'shared', epochs: 3, launcher: 'options: [--hold]' });
      expect(onCluster(slurm, at, file).stderr).toMatch(/submitted: \d+ runs? in \d+ tasks?/);
      spawnSync('chmod', ['-R', 'a+rwX', scratch]);
      const node = (args: readonly string[]) =>
        spawnSync(process.execPath, args, {
          cwd: at,
          env: { ...slurm.environment, HOME: at },
          encoding: 'utf8',
          uid: 65534,
          gid: 65534,
        });
      const asOther = (...args: string[]) => node([main, 'run', file, '--out', join(at, 'out'), ...args]);
      // Beforehand: what the command itself may not read is a failure.
      if (node([main, '--version']).status !== 0) {
        console.log('left out: another user may not read this checkout');
        return;
      }
      const seen = asOther();
      expect(seen.stderr).toMatch(/1 waiting: held by their user/);
      expect(seen.stderr).not.toContain('submitted');
      const cancelled = asOther('--cancel');
      expect(cancelled.stderr).toMatch(/permission denied[\s\S]*only the user who submitted them/);
      expect(cancelled.status).toBe(2);
      expect(tasksOf(slurm, 'shared')).toHaveLength(1);
      expect(onCluster(slurm, at, file, '--cancel').status).toBe(0);
      expect(recordsOf(at, 'shared')).toEqual([]);
    },
    60_000,
  );
});
