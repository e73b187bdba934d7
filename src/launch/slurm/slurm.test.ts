/** Without a Slurm: what its commands say, what they are told, and how tasks are cut. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { plainLauncher, secondsOfTime, slurmTime } from '../../study/launcher.js';
import { Accounts, accountedTasks } from './accounts.js';
import { cleanEnvironment, SlurmError, slurm, troubleOf } from './commands.js';
import { endInOutput, endOf, lastSitting, lastWordsOf, sittingHead } from './ends.js';
import { parseQueue, parseRecords } from './parse.js';
import { checkAgainst, checkSetup, parseNodes } from './preflight.js';
import { waitingWords } from './reasons.js';
import { batchScript, quoted, submitArguments, warningSeconds } from './script.js';
import { studyJobName, submitArray } from './submit.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-slurm-unit-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A command of Slurm's name that is a shell script. */
function fake(name: string, script: string): NodeJS.ProcessEnv {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  for (const command of ['sbatch', 'squeue']) {
    writeFileSync(join(folder, command), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, command), 0o755);
  }
  return { PATH: `${folder}${delimiter}${process.env.PATH}` };
}

const troubleWith = async (environment: NodeJS.ProcessEnv, patience = 20) => {
  try {
    return await slurm({ environment, patience })('squeue', []);
  } catch (error) {
    return (error as SlurmError).trouble;
  }
};

describe.skipIf(process.platform === 'win32')('a command', () => {
  test('that is not there, is refused, does not answer or hangs is told apart', async () => {
    expect(await troubleWith({ PATH: '/nowhere' })).toBe('missing');
    expect(
      await troubleWith(fake('refused', 'echo "sbatch: error: invalid partition specified: x" >&2; exit 1')),
    ).toBe('refused');
    const away =
      'echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1';
    expect(await troubleWith(fake('away', away))).toBe('unreachable');
    // What it started holds its output open.
    expect(await troubleWith(fake('hangs', 'sleep 30 & sleep 30'), 0.3)).toBe('unreachable');
  });

  test('that says nothing and exits 0 with the controller away is no empty queue', async () => {
    const silent = 'echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 0';
    expect(await troubleWith(fake('silent', silent))).toBe('unreachable');
    expect(await troubleWith(fake('empty', 'exit 0'))).toBe('');
  });
});

test('words of Slurm on a job that has vanished are not those of one that was refused', () => {
  expect(troubleOf('slurm_load_jobs error: Invalid job id specified')).toBe('gone');
  expect(troubleOf('Batch job submission failed: Socket timed out on send/recv operation')).toBe(
    'unreachable',
  );
  expect(troubleOf('Batch job submission failed: Requested time limit is invalid')).toBe('refused');
});

test('variables of an outer job do not reach Slurm; those that say where it is do', () => {
  const clean = cleanEnvironment({
    HOME: '/h',
    SLURM_JOB_ID: '7',
    SLURM_CONF: '/c',
    SBATCH_ARRAY_INX: '0-3',
    SBATCH_ACCOUNT: 'a',
    SQUEUE_FORMAT: '%i',
  });
  expect(clean).toMatchObject({ HOME: '/h', SLURM_CONF: '/c', SBATCH_ACCOUNT: 'a' });
  expect(Object.keys(clean)).not.toContain('SLURM_JOB_ID');
  expect(Object.keys(clean)).not.toContain('SBATCH_ARRAY_INX');
  expect(Object.keys(clean)).not.toContain('SQUEUE_FORMAT');
});

test('the queue and records are read, lines of other forms passed over', () => {
  const text = 'a remark\n17|3|RUNNING|None|n2|ceteris-a-1\n18|N/A|PENDING|Priority||other\n';
  expect(parseQueue(text)).toEqual([
    { job: 17, task: 3, state: 'RUNNING', reason: 'None', nodes: 'n2', name: 'ceteris-a-1' },
  ]);
  expect(parseRecords('JobId=17 ArrayTaskId=3 JobName=a b ExitCode=3:0 Reason=NonZeroExitCode')).toEqual([
    { JobId: '17', ArrayTaskId: '3', JobName: 'a b', ExitCode: '3:0', Reason: 'NonZeroExitCode' },
  ]);
});

describe('how a task ended', () => {
  const evidence = { state: '', reason: 'None', exit: null, tail: '' };
  const cancelled = 'slurmstepd: error: *** JOB 17 ON n1 CANCELLED AT 2026-12-01T00:00:00';

  test.each([
    [{ ...evidence, state: 'OUT_OF_MEMORY' }, 'out of memory'],
    [{ ...evidence, state: 'FAILED', exit: { code: 3, signal: 0 } }, 'exit code'],
    [
      { ...evidence, state: 'FAILED', reason: 'JobLaunchFailure', exit: { code: 0, signal: 53 } },
      'launch failed',
    ],
    [{ ...evidence, state: 'CANCELLED by 0' }, 'cancelled'],
    [{ ...evidence, state: 'NODE_FAIL' }, 'node failure'],
    // Vanished, and no accounts: what Slurm wrote into the output.
    [{ ...evidence, tail: `${cancelled} DUE TO TIME LIMIT ***` }, 'time limit'],
    [{ ...evidence, tail: `${cancelled} DUE TO PREEMPTION ***` }, 'preempted'],
    [{ ...evidence, tail: `${cancelled} ***` }, 'cancelled'],
    [
      { ...evidence, tail: `slurmstepd: error: Detected 1 oom-kill event(s)\n${cancelled} ***` },
      'out of memory',
    ],
    [evidence, 'unknown'],
  ] as const)('%j', (found, end) => {
    expect(endOf(found)).toBe(end);
  });

  test('tasks that never began share a line of the accounts, or have that of the array', () => {
    const lines = [
      '17_[0,2-3,5%2]|CANCELLED by 1000|0:0|None assigned',
      '17_1|FAILED|3:0|n1',
      '17_1|OUT_OF_MEMORY|0:125|n2',
      '17.batch|x',
    ];
    const told = accountedTasks(lines.join('\n'), 6);
    expect([...told.keys()].sort()).toEqual([0, 1, 2, 3, 5]);
    expect(told.get(1)).toMatchObject({ state: 'OUT_OF_MEMORY', node: 'n2' });
    expect(told.get(3)).toMatchObject({ state: 'CANCELLED by 1000', node: null });
    const whole = accountedTasks('17_1|TIMEOUT|0:0|n1\n17|CANCELLED by 0|0:0|None assigned\n', 3);
    expect([0, 1, 2].map((index) => whole.get(index)?.state)).toEqual([
      'CANCELLED by 0',
      'TIMEOUT',
      'CANCELLED by 0',
    ]);
  });

  test('the queue and the accounts are asked apart, where some tasks of an array have vanished', async () => {
    const calls: string[] = [];
    const accounts = new Accounts((command) => {
      calls.push(command);
      return Promise.resolve(
        command === 'sacct'
          ? '17_1|OUT_OF_MEMORY|0:125|n1\n'
          : 'JobId=17 ArrayTaskId=0 JobState=FAILED ExitCode=3:0\n',
      );
    });
    const submission = { job: 17, tasks: [[], []] };
    const failed = { name: 'x', job: 17, task: 0, state: 'FAILED', reason: 'NonZeroExitCode', nodes: 'n1' };
    expect(await accounts.of(submission, 0, failed)).toMatchObject({ exit: { code: 3, signal: 0 } });
    expect(await accounts.of(submission, 1, undefined)).toMatchObject({ state: 'OUT_OF_MEMORY' });
    expect(calls).toEqual(['scontrol', 'sacct']);
  });

  test('the output of an earlier sitting does not count, nor what a run prints itself', () => {
    const log = `${cancelled} DUE TO PREEMPTION ***\n${sittingHead('17_0', 'n2')}\nnothing was cancelled at all\n`;
    expect(endInOutput(log)).toBe('preempted');
    expect(endInOutput(lastSitting(log))).toBe(null);
    expect(lastWordsOf(`a  epoch 3/4  x\nno such file\n${cancelled} ***`)).toBe('no such file');
  });
});

test('a request that no node can fill is refused with the key that asks for too much', () => {
  const nodes = parseNodes(
    'main*|up|1-00:00:00|8|16000|gpu:a100:2(S:0),shard:4\nbig|up|infinite|64+|256000|(null)\n',
  );
  const ask = (changes: Partial<typeof plainLauncher>) => () =>
    checkAgainst({ ...plainLauncher, ...changes }, nodes);
  expect(ask({ cpus: 8, memory: '15G', gpus: 2, time: '1d' })).not.toThrow();
  expect(ask({ cpus: 9 })).toThrow(/launcher.cpus/);
  expect(ask({ gpus: 3 })).toThrow(/launcher.gpus/);
  expect(ask({ memory: '16G' })).toThrow(/launcher.memory/);
  expect(ask({ time: '25h' })).toThrow(/launcher.time/);
  expect(ask({ partition: 'huge' })).toThrow(/one of main, big/);
});

test.skipIf(process.platform === 'win32')(
  'lines of setup that would swallow what comes after them are refused, whatever else bash has to say is not asked',
  () => {
    expect(() => checkSetup(['cat <<EOF', 'text'])).toThrow(/launcher\.setup[\s\S]*here-document/);
    expect(() => checkSetup(["echo 'oops"])).toThrow(/launcher\.setup[\s\S]*unexpected EOF/);
    const before = process.env.LC_ALL;
    process.env.LC_ALL = 'xx_XX.nowhere';
    try {
      checkSetup(['cat <<EOF', 'ü', 'EOF', 'echo "a \\', 'ü"', 'module load x \\']);
    } finally {
      if (before === undefined) delete process.env.LC_ALL;
      else process.env.LC_ALL = before;
    }
  },
);

test('times of a study file are times of Slurm', () => {
  expect(['90m', '6h', '2d', '12:00:00'].map(slurmTime)).toEqual([
    '0-01:30:00',
    '0-06:00:00',
    '2-00:00:00',
    '12:00:00',
  ]);
  expect(['30', '5:30', '1:00:00', '1-2', 'infinite'].map(secondsOfTime)).toEqual([
    1800,
    330,
    3600,
    93_600,
    null,
  ]);
  expect([null, '6h', '4m', '1m'].map(warningSeconds)).toEqual([120, 120, 60, 15]);
});

test('the batch script becomes the process of the job, whatever its paths hold', () => {
  expect(quoted("it's $HOME")).toBe("'it'\\''s $HOME'");
  const script = batchScript({
    node: "/it's/node",
    arguments: ['/a b/main.js'],
    setup: ['module load x'],
    about: 'two\nlines',
  });
  expect(script).toMatch(/^#!\/bin\/bash -l\n# two lines\n/);
  expect(script).toContain("\nnode='/it'\\''s/node'\n");
  expect(script).toMatch(/\nexec "\$node" '\/a b\/main.js'\n$/);
  const log = { folder: '/100%/logs', file: '%A_%a.log' };
  const args = submitArguments({
    name: 'n',
    tasks: 3,
    launcher: plainLauncher,
    directory: '/d',
    log,
    script: '/s.sh',
  });
  expect(args).toContain('--output=/100%%/logs/%A_%a.log');
  expect(args).toContain('--array=0-2');
  expect(args).toContain('--open-mode=append');
  expect(args).toContain('--signal=B:USR1@120');
});

test('why tasks wait is told with the word that the cluster has for it', () => {
  expect(waitingWords('Resources')).toEqual({ words: 'wait for free nodes (Resources)', advice: null });
  expect(waitingWords('PartitionConfig').advice).toContain('--cancel');
  expect(waitingWords('ReqNodeNotAvail, UnavailableNodes:n2').words).toContain('down or reserved');
  expect(waitingWords('NeverHeardOf')).toEqual({ words: 'NeverHeardOf', advice: null });
});

describe('a submission', () => {
  const settings = {
    studyFile: '/s',
    home: '/',
    dataDir: null,
    device: 'cpu',
    cpuVectors: null,
    allowVariantChange: false,
    lockstep: 'auto' as const,
    cpus: 1,
  };
  const request = (directory: string) => ({
    directory,
    launcher: plainLauncher,
    settings,
    tasks: [[{ id: 'a', trial: 'a', seed: 0 }]],
  });
  const lost = () => Promise.reject(new SlurmError('unreachable', 'sbatch', 'Socket timed out'));

  test('whose answer was lost is found by its name, and is closed where the queue does not have it', async () => {
    const directory = join(scratch, 'lost');
    const found = await submitArray(
      request(directory),
      (command, args) => {
        if (command === 'sbatch') return lost();
        const name = args.find((one) => one.startsWith('--name='))?.slice(7);
        return Promise.resolve(`17|0|PENDING|None||${name}\n`);
      },
      0,
    );
    expect(found).toMatchObject({ job: 17, closed: false });
    const none = await submitArray(
      request(directory),
      (command) => (command === 'sbatch' ? lost() : Promise.resolve('')),
      0,
    );
    expect(none).toMatchObject({ job: null, closed: true });
    const unknown = await submitArray(request(directory), lost, 0);
    expect(unknown).toMatchObject({ job: null, closed: false });
  });

  test('that is refused leaves nothing', async () => {
    const directory = join(scratch, 'refused');
    const refuse = () => Promise.reject(new SlurmError('refused', 'sbatch', 'invalid account'));
    await expect(submitArray(request(directory), refuse, 0)).rejects.toThrow('invalid account');
    expect(readdirSync(join(directory, 'cluster'))).toEqual(['logs']);
  });

  test('has a name without blanks, commas or slashes', () => {
    expect(studyJobName('/a/my study,1')).toMatch(/^ceteris-my_study_1-[0-9a-f]{8}$/);
  });
});
