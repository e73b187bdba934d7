/**
 * A cluster that keeps accounts (`npm run test:slurm`): slurmdbd with MariaDB behind a real Slurm, so `sacct` and `sacctmgr` are its
 * own. What ended jobs that the queue has forgotten, whose jobs are hidden from whom, and who may submit at all.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endsOf, onCluster, recordsOf, tasksOf, writeStudy } from '../support/clusterStudy.js';
import { LocalSlurm, until, whyNoAccounts } from '../support/slurm.js';
import { main } from './command.js';

const why = process.env.CETERIS_LONG_TESTS ? whyNoAccounts() : 'it is for `npm run test:slurm`';
if (why !== null) console.warn(`left out: a cluster that keeps accounts: ${why}`);

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-cluster-'));
const folder = (name: string) => {
  mkdirSync(join(scratch, name), { recursive: true });
  return join(scratch, name);
};
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.skipIf(why !== null || userInfo().uid !== 0)('on a cluster that keeps accounts', () => {
  let slurm: LocalSlurm;
  beforeAll(async () => {
    const more = ['MinJobAge=5', 'PrivateData=jobs', 'AccountingStorageEnforce=associations'];
    slurm = await LocalSlurm.start({ nodes: 2, cpus: 8, memory: 4000, accounts: ['root', 'nobody'], more });
  }, 60_000);
  afterAll(() => slurm?.stop(), 30_000);

  test('what ended a job that the queue has forgotten is told by sacct', async () => {
    const sleeps = `setup: ["trap '' USR1 TERM", "sleep 900"]`;
    const studies = {
      code: {
        launcher: 'setup: ["exit 3"]',
        told: /exit code: the job \d+_\d on n\d ended with exit code 3/g,
      },
      memory: { launcher: 'options: [--mem=40M]', told: /out of memory: the job \d+_\d on n\d took more/g },
      waiting: {
        launcher: 'options: [--hold]',
        told: /cancelled: somebody ended the job \d+_\d \(scancel\)/g,
      },
      running: {
        launcher: `${sleeps}, options: [--nodelist=n1]`,
        told: /cancelled: somebody ended the job \d+_\d on n1 \(scancel\)/g,
      },
      node: {
        launcher: `${sleeps}, options: [--no-requeue, --nodelist=n2]`,
        told: /node failure: the job \d+_\d on n2 was lost with its node/g,
      },
    };
    const entries = Object.entries(studies).map(([name, { launcher, told }]) => {
      const file = writeStudy(folder(name), {
        name,
        epochs: 3,
        seeds: 3,
        launcher: `account: lab, ${launcher}`,
      });
      expect(onCluster(slurm, folder(name), file).stderr).toContain('submitted: 3 runs');
      return { name, file, told };
    });
    const running = (name: string) => tasksOf(slurm, name).filter((line) => line.startsWith('RUNNING'));
    for (const name of ['running', 'node']) await until(60, `${name} runs`, () => running(name).length === 3);
    for (const name of ['waiting', 'running'])
      slurm.call('scancel', tasksOf(slurm, name)[0].split('|')[3].split('_')[0]);
    await slurm.crash('n2');
    for (const { name } of entries)
      await until(200, `${name} has vanished`, () => tasksOf(slurm, name).length === 0);
    await slurm.up('n2');
    for (const { name, file, told } of entries) {
      const { stderr } = onCluster(slurm, folder(name), file, '--set', 'launcher.options=[--hold]');
      expect(stderr.match(told) ?? stderr).toHaveLength(3);
      expect(stderr).toContain('submitted: 3 runs');
    }
    expect(endsOf(folder('code'), 'code').flat()).toEqual(Array(3).fill('exit code'));
    expect(endsOf(folder('memory'), 'memory').flat()).toEqual(Array(3).fill('out of memory'));
  }, 400_000);

  test('the jobs of another user are hidden, but from an operator: nothing is taken for gone', () => {
    const at = folder('shared');
    const file = writeStudy(at, { name: 'shared', epochs: 3, launcher: 'account: lab, options: [--hold]' });
    expect(onCluster(slurm, at, file).stderr).toContain('submitted: 1 run');
    spawnSync('chmod', ['-R', 'a+rwX', scratch]);
    const node = (args: readonly string[]) =>
      spawnSync(process.execPath, args, {
        cwd: at,
        env: { ...slurm.environment, HOME: at },
        encoding: 'utf8',
        uid: 65534,
        gid: 65534,
      });
    if (node([main, '--version']).status !== 0) {
      console.log('left out: another user may not read this checkout');
      return;
    }
    const asOther = (args: readonly string[]) => node([main, 'run', file, '--out', join(at, 'out'), ...args]);
    for (const args of [[], ['--cancel']]) {
      const { status, stderr } = asOther(args);
      expect(stderr).toMatch(/another user submitted jobs of this study[\s\S]*PrivateData[\s\S]*user 0/);
      expect(status).not.toBe(0);
    }
    slurm.call('sacctmgr', '--immediate', 'modify', 'user', 'nobody', 'set', 'adminlevel=Operator');
    expect(asOther([]).stderr).toMatch(/1 waiting: held by their user/);
    expect(tasksOf(slurm, 'shared')).toHaveLength(1);
    expect(asOther(['--cancel']).status).toBe(0);
    expect(recordsOf(at, 'shared')).toEqual([]);
  });

  test('an account that does not exist is told in the words of sbatch, and nothing is left of the submission', () => {
    const at = folder('poor');
    const file = writeStudy(at, { name: 'poor', epochs: 1, launcher: 'account: nowhere' });
    const { status, stderr } = onCluster(slurm, at, file);
    expect(stderr).toMatch(/the cluster refused sbatch[\s\S]*Invalid account or account\/partition/);
    expect(status).toBe(2);
    expect(readdirSync(join(at, 'out/poor/cluster'))).toEqual(['logs']);
  });
});
