/** Jobs of another user on a cluster that shows nobody the jobs of others: for a user who is not root, whoever runs this. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { makeClusterFolders, writeSubmission } from '../../store/node/clusterFiles.js';
import { cancelOnCluster } from './cancel.js';
import { type SlurmCommand, SlurmError } from './commands.js';
import { clusterLimits } from './preflight.js';

vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>();
  return { ...os, userInfo: () => ({ ...os.userInfo(), uid: 4242, username: 'ann' }) };
});

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-hidden-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Cluster {
  readonly privateData?: string;
  readonly slurmUser?: string;
  /** What the accounts say of this user; `null`: there are none. */
  readonly level?: string | null;
}

/** A cluster whose queue shows nothing. */
function cluster({ privateData = 'jobs,usage', slurmUser = 'slurm(64030)', level = 'None' }: Cluster) {
  const calls: SlurmCommand[] = [];
  const call = (command: SlurmCommand): Promise<string> => {
    calls.push(command);
    if (command === 'scontrol')
      return Promise.resolve(
        `PrivateData             = ${privateData}\nSlurmUser               = ${slurmUser}\n`,
      );
    if (command !== 'sacctmgr') return Promise.resolve('');
    return level === null
      ? Promise.reject(new SlurmError('refused', command, 'accounting storage is disabled'))
      : Promise.resolve(`${level}\n`);
  };
  return { calls, call };
}

const hides = async (like: Cluster) => (await clusterLimits(cluster(like).call)).hidesJobs();

test('jobs are hidden from a plain user, and neither from the user of Slurm nor from its operators', async () => {
  expect(await hides({})).toBe(true);
  expect(await hides({ level: null })).toBe(true);
  expect(await hides({ privateData: 'none' })).toBe(false);
  expect(await hides({ slurmUser: 'ann(4242)' })).toBe(false);
  expect(await hides({ slurmUser: 'slurm(14242)' })).toBe(true);
  expect(await hides({ level: 'Operator' })).toBe(false);
  expect(await hides({ level: 'Administrator' })).toBe(false);
  const { calls, call } = cluster({});
  const { hidesJobs } = await clusterLimits(call);
  expect(calls).toEqual(['scontrol']);
  await Promise.all([hidesJobs(), hidesJobs()]);
  expect(calls).toEqual(['scontrol', 'sacctmgr']);
});

test('a study whose jobs are hidden is not said to have none when they are to be ended', async () => {
  const studyFile = join(scratch, 'small.yaml');
  writeFileSync(
    studyFile,
    'name: small\ndataset: { name: synthetic }\nnetwork: { name: mlp, hidden: [8] }\nlauncher: { name: slurm }\n',
  );
  const directory = join(scratch, 'out/small');
  const name = 'ceteris-small-12345678-0a';
  const tasks = [[{ id: 'a', trial: 'a', seed: 0 }]];
  const settings = { studyFile, home: scratch, dataDir: null, device: 'cpu', cpuVectors: null, cpus: 1 };
  makeClusterFolders(directory);
  const record = { formatVersion: 1 as const, name, at: '', job: 17, closed: false, tasks };
  const write = (user: number) =>
    writeSubmission(directory, {
      ...record,
      user,
      settings: { ...settings, allowVariantChange: false, lockstep: 'auto' },
    });
  const cancel = (like: Cluster) =>
    cancelOnCluster({ studyFile, out: join(scratch, 'out'), call: cluster(like).call });
  write(4711);
  await expect(cancel({})).rejects.toThrow(/user 4711/);
  expect(await cancel({ level: 'Operator' })).toEqual({ jobs: [], tasks: 0, left: 0 });
  write(4242);
  expect(await cancel({})).toEqual({ jobs: [], tasks: 0, left: 0 });
});
