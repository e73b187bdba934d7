/** A study on a simulated queue: what is said while it is followed, and what is asked of the cluster. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { writeRun } from '../../../test/support/runsOnDisk.js';
import type { JobEnd, SittingRecord } from '../../store/cluster.js';
import { acquireLock, type Lock } from '../../store/node/lock.js';
import { RunFiles } from '../../store/node/runFiles.js';
import type { RunRecord } from '../../store/records.js';
import { planRuns } from '../../study/expand.js';
import { parseStudy } from '../../study/parse.js';
import { type SlurmCommand, SlurmError } from './commands.js';
import type { ClusterEvent } from './events.js';
import { runOnCluster } from './launch.js';

/** While it is on, every lock seems free, as one does that its holder gives back at that moment. */
const blind = vi.hoisted(() => ({ isOn: false }));
vi.mock('../../store/node/lock.js', async (original) => {
  const lock = await original<typeof import('../../store/node/lock.js')>();
  return { ...lock, isLocked: (directory: string) => !blind.isOn && lock.isLocked(directory) };
});

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-campaign-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const file = join(scratch, 'small.yaml');
writeFileSync(
  file,
  `name: small
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: 3 }
seeds: 5
launcher: { name: slurm }
`,
);

interface Simulated {
  readonly out: string;
  /** State and reason of a task at the n-th look at the queue; `null`: the controller is away. */
  readonly queue: (look: number, index: number) => string | null;
  readonly config?: string;
  readonly looks?: number;
  /** What `scontrol show node` says. */
  readonly node?: string;
  readonly onState?: () => void;
  /** At every call that is no look at the queue. */
  readonly meanwhile?: (command: SlurmCommand) => void;
  readonly heard?: (event: ClusterEvent) => void;
}

/** Follows the study for so many looks; @returns what it said, and the calls that change something */
async function follow({ out, queue, config = '', looks = 4, node, onState, meanwhile, heard }: Simulated) {
  const abort = new AbortController();
  const calls: string[] = [];
  const users = new Set<string>();
  const events: ClusterEvent[] = [];
  let look = 0;
  const call = (command: SlurmCommand, args: readonly string[]): Promise<string> => {
    if (command === 'sinfo') return Promise.resolve('main*|up|infinite|64|256000|(null)\n');
    if (args.includes('config')) return Promise.resolve(`MaxArraySize            = 1001\n${config}`);
    if (command === 'squeue') {
      look += 1;
      users.add(args.find((one) => one.startsWith('--user=')) ?? '');
      if (look >= looks) abort.abort();
      const cluster = join(scratch, out, 'small/cluster');
      const names = readdirSync(cluster).filter((name) => name.endsWith('.json'));
      if (queue(look, 0) === null)
        return Promise.reject(new SlurmError('unreachable', 'squeue', 'Socket timed out'));
      const lines = names.flatMap((name) => {
        const { tasks } = JSON.parse(readFileSync(join(cluster, name), 'utf8')) as { tasks: unknown[] };
        return tasks.map((_, index) => `100|${index}|${queue(look, index)}||${name.slice(0, -5)}`);
      });
      return Promise.resolve(`${lines.join('\n')}\n`);
    }
    if (node !== undefined && args.includes('node')) return Promise.resolve(node);
    meanwhile?.(command);
    calls.push(
      [command, ...args.filter((one) => command !== 'sbatch' || one.startsWith('--array'))].join(' '),
    );
    return Promise.resolve(command === 'sbatch' ? '100\n' : '');
  };
  const study = { studyFile: file, out: join(scratch, out), watch: true, pollSeconds: 0.001 };
  for await (const event of runOnCluster({ ...study, signal: abort.signal, call })) {
    events.push(event);
    heard?.(event);
    if (event.type === 'cluster-state') onState?.();
  }
  const notes = events.flatMap((event) => (event.type === 'cluster-note' ? [event.text] : []));
  return { calls, notes, events, users: [...users] };
}

test('that more runs follow is said once, and the queue has no more than may be', async () => {
  const { calls, notes } = await follow({
    out: 'more',
    queue: (look) => `RUNNING|${look % 2 === 0 ? 'None' : 'Other'}`,
    config: 'MaxJobCount             = 4\n',
    looks: 6,
  });
  expect(notes.filter((text) => text.includes('more runs follow'))).toEqual([
    expect.stringContaining('3 more runs follow') as string,
  ]);
  expect(calls).toEqual(['sbatch --array=0-1']);
});

test('tasks that Slurm holds since a node could not begin them are released, three times and no more', async () => {
  const { calls, notes, events } = await follow({
    out: 'held',
    queue: () => 'PENDING|launch failed requeued held',
    looks: 7,
  });
  const release = `scontrol release 100_0,100_1,100_2,100_3,100_4`;
  expect(calls).toEqual(['sbatch --array=0-4', release, release, release]);
  expect(notes.filter((text) => text.includes('released'))).toHaveLength(3);
  expect(notes.at(-1)).toMatch(/a node could not begin 100_0, .* and 1 more, .*\(3 of 3 times\)/);
  const last = events.filter((event) => event.type === 'cluster-state').at(-1);
  expect(last?.waiting).toMatchObject([
    { runs: 5, advice: expect.stringContaining('scontrol release') as string },
  ]);
});

test('what a person or the site holds is not released', async () => {
  for (const reason of ['JobHeldUser', 'JobHeldAdmin', 'JobHoldMaxRequeue']) {
    const { calls } = await follow({ out: reason, queue: () => `PENDING|${reason}` });
    expect(calls).toEqual(['sbatch --array=0-4']);
  }
});

test('a controller that is away while a study is followed is said once, and that it answers again', async () => {
  const { calls, notes } = await follow({
    out: 'away',
    queue: (look) => (look === 2 || look === 3 ? null : 'RUNNING|None'),
    looks: 5,
  });
  expect(calls).toEqual(['sbatch --array=0-4']);
  expect(notes.filter((text) => /controller/.test(text))).toEqual([
    expect.stringContaining('asked again later; jobs go on') as string,
    'the controller answers again',
  ]);
});

test('jobs of another user are looked for as such, and not where the cluster hides them', async () => {
  const { calls } = await follow({ out: 'other', queue: () => 'PENDING|Priority' });
  const cluster = join(scratch, 'other/small/cluster');
  const [name] = readdirSync(cluster).filter((one) => one.endsWith('.json'));
  const record = JSON.parse(readFileSync(join(cluster, name), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(cluster, name), JSON.stringify({ ...record, user: 4711 }));
  const seen = await follow({ out: 'other', queue: () => 'PENDING|Priority' });
  expect([calls.length, seen.calls.length]).toEqual([1, 0]);
  expect(seen.users).toEqual(['--user=4711']);
  if (process.getuid?.() === 0) return;
  const hidden = follow({
    out: 'other',
    queue: () => 'PENDING|Priority',
    config: 'PrivateData             = jobs,usage\n',
  });
  await expect(hidden).rejects.toThrow(/user 4711/);
});

test('a second command waits for the first one, and submits nothing that the first has submitted', async () => {
  const directory = join(scratch, 'twice/small');
  const lock = acquireLock(directory, 'the study');
  setTimeout(() => lock.release(), 300);
  const two = await Promise.all([1, 2].map(() => follow({ out: 'twice', queue: () => 'RUNNING|None' })));
  expect(two.flatMap(({ calls }) => calls)).toEqual(['sbatch --array=0-4']);
});

/** Another command has the study's lock for a moment. */
function holdFor(milliseconds: number, out: string): void {
  const lock = acquireLock(join(scratch, out, 'small'), 'the study');
  setTimeout(() => lock.release(), milliseconds);
}

test('a lock that is given back just as somebody looks at it, and taken by the next, ends no command', async () => {
  blind.isOn = true;
  try {
    holdFor(200, 'race');
    let states = 0;
    const { calls } = await follow({
      out: 'race',
      queue: (look) => `RUNNING|${look % 2 === 0 ? 'None' : 'Other'}`,
      // The first state is told under the lock.
      heard: ({ type }) => {
        states += Number(type === 'cluster-state');
        if (type === 'cluster-state' && states === 2) holdFor(50, 'race');
      },
    });
    expect(calls).toEqual(['sbatch --array=0-4']);
    expect(states).toBeGreaterThanOrEqual(2);
  } finally {
    blind.isOn = false;
  }
});

test('that the controller answers again is not said where it was not asked', async () => {
  const { notes } = await follow({
    out: 'unasked',
    queue: (look) => (look === 2 || look === 3 ? null : 'RUNNING|None'),
    looks: 5,
    heard: (event) => {
      if (event.type === 'cluster-note' && event.text.includes('asked again')) holdFor(50, 'unasked');
    },
  });
  expect(notes.filter((text) => text.includes('controller'))).toEqual([
    expect.stringContaining('asked again later') as string,
    'the controller answers again',
  ]);
});

/** The first run of the first submission in the hands of a process elsewhere; @returns its id and its lock. */
function lockFirst(out: string): { readonly locked: string; readonly lock: string } {
  const directory = join(scratch, out, 'small');
  const [name] = readdirSync(join(directory, 'cluster')).filter((one) => one.endsWith('.json'));
  const text = readFileSync(join(directory, 'cluster', name), 'utf8');
  const locked = (JSON.parse(text) as { tasks: { id: string }[][] }).tasks[0][0].id;
  const lock = join(directory, 'runs', locked, 'lock.json');
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(lock, JSON.stringify({ token: 'a', host: 'elsewhere', pid: 1, since: '' }));
  return { locked, lock };
}

test('what ended a task is told of a run whose process was killed as soon as its lock falls, once', async () => {
  let locked = '';
  let lock = '';
  const { events } = await follow({
    out: 'lingers',
    queue: (look) => {
      if (look === 1) ({ locked, lock } = lockFirst('lingers'));
      if (look === 5) rmSync(lock, { force: true });
      return 'TIMEOUT|TimeLimit';
    },
    looks: 5,
  });
  const told = events.flatMap((event) => (event.type === 'job-ended' ? [event] : []));
  const ofLocked = told.filter(({ runId }) => runId === locked);
  expect(ofLocked).toMatchObject([{ end: 'time limit' }]);
  // The others, whose jobs were submitted again and struck by the limit again, were told before it.
  expect(told.indexOf(ofLocked[0])).toBeGreaterThanOrEqual(4);
  const states = events.flatMap((event) => (event.type === 'cluster-state' ? [event.elsewhere] : []));
  expect(states).toContain(1);
});

test('a run whose lock falls between the look at the queue and the submission is not submitted before its end is told', async () => {
  for (const [state, end] of [
    ['OUT_OF_MEMORY|OutOfMemory', 'out of memory'],
    ['CANCELLED|None', 'cancelled'],
  ] as const) {
    let locked = '';
    let lock = '';
    const out = `falls ${end}`;
    const { calls, events } = await follow({
      out,
      queue: (look, index) => {
        if (look === 1 && index === 0) ({ locked, lock } = lockFirst(out));
        return index === 0 ? state : 'FAILED|NonZeroExitCode';
      },
      // The accounts are asked of the other tasks, after the first one was looked at.
      meanwhile: (command) => command !== 'sbatch' && rmSync(lock, { force: true }),
    });
    expect(calls.filter((one) => one.startsWith('sbatch'))).toEqual(['sbatch --array=0-4']);
    const ends = events.flatMap((event) =>
      event.type === 'job-ended' && event.runId === locked ? [event.end] : [],
    );
    expect(ends).toEqual([end]);
  }
});

test('a failure is not told any more after its run was submitted again', async () => {
  const failures = async () => {
    const queue = (_: number, index: number) => (index === 0 ? 'PENDING|Priority' : 'FAILED|NonZeroExitCode');
    const { events } = await follow({ out: 'failures', queue, looks: 2 });
    return events.filter((event) => event.type === 'job-ended').length;
  };
  // The first array keeps a task in the queue: 4 fail; they are submitted again, and 3 of them fail; then 2 of those.
  expect([await failures(), await failures(), await failures()]).toEqual([4, 4 + 3, 3 + 2]);
});

test('a ghost whose copy has ended well, and that is ended then, is no run that finished', async () => {
  /** Of a run that a process of a lost node leaves in this state, while the queue has its copy's end. */
  const leaves = async (out: string, status: RunRecord['status'], node: string, end = 'COMPLETED|None') => {
    const directory = join(scratch, out, 'small');
    const [run] = planRuns(parseStudy(readFileSync(file, 'utf8')), 'any');
    const begin = () => {
      const [name] = readdirSync(join(directory, 'cluster')).filter((one) => one.endsWith('.json'));
      const text = readFileSync(join(directory, 'cluster', name), 'utf8');
      const { id } = (JSON.parse(text) as { tasks: { id: string }[][] }).tasks[0][0];
      const started = { job: '100_0', node: 'n1', startedAt: '2026-01-01T00:00:00.000Z', end: null };
      const sittings: SittingRecord[] = [started];
      const statusReason = status === 'failed' ? 'it said so' : null;
      const changes = { id, status, statusReason, epochsDone: 1 };
      writeRun(directory, { ...run, id }, 0.5, { ...changes, cluster: { launcher: 'slurm', sittings } });
      return id;
    };
    let id = '';
    const { events } = await follow({
      out,
      queue: (look, index) => {
        if (look === 2 && id === '') id = begin();
        return index === 0 && look > 1 ? end : 'RUNNING|None';
      },
      node,
      looks: 2,
    });
    const told = events.flatMap((event): (JobEnd | null)[] =>
      event.type === 'job-ended' && event.runId === id ? [event.end] : [],
    );
    const record = new RunFiles(join(directory, 'runs', id)).readRecord();
    return { told, record, end: record?.cluster?.sittings.at(-1)?.end };
  };
  const lost = await leaves('lost', 'running', 'NodeName=n1 State=DOWN* SlurmdStartTime=None\n');
  expect([lost.told, lost.end, lost.record?.status]).toEqual([
    ['node failure'],
    'node failure',
    'interrupted',
  ]);
  expect(lost.record?.statusReason).toMatch(/the job 100_0 on n1 was lost with its node/);
  const anew = await leaves(
    'anew',
    'interrupted',
    'NodeName=n1 State=IDLE SlurmdStartTime=2026-01-02T00:00:00\n',
  );
  expect([anew.end, anew.record?.status]).toEqual(['node failure', 'interrupted']);
  const put = await leaves('put', 'running', 'NodeName=n1 State=IDLE SlurmdStartTime=2025-01-01T00:00:00\n');
  expect([put.end, put.record?.status]).toEqual(['requeued', 'interrupted']);
  const failed = await leaves('said', 'failed', 'NodeName=n1 State=IDLE\n');
  // The queue no more names the node of a job that is over: the run does.
  const late = await leaves('late', 'running', '', 'TIMEOUT|TimeLimit');
  expect(late.record?.statusReason).toMatch(/^time limit: the job 100_0 on n1 was ended/);
  expect([failed.end, failed.record?.status, failed.record?.statusReason]).toEqual([
    'exit code',
    'failed',
    'it said so',
  ]);
});

test('what the study declares is frozen under its lock: not while another command has it', async () => {
  const directory = join(scratch, 'frozen/small');
  const [run] = planRuns(parseStudy(readFileSync(file, 'utf8')), 'any');
  const locks: Lock[] = [];
  let looked = 0;
  const queue = (look: number) => {
    looked = look;
    return look === 1 ? 'RUNNING|None' : 'PENDING|Priority';
  };
  await follow({
    out: 'frozen',
    queue,
    looks: 2,
    onState: () => {
      if (looked < 2) return;
      writeRun(directory, run);
      locks.push(acquireLock(directory, 'the study'));
    },
  });
  expect([locks.length, existsSync(join(directory, 'frozen.json'))]).toEqual([1, false]);
  locks[0].release();
  await follow({ out: 'frozen', queue, looks: 2 });
  expect(existsSync(join(directory, 'frozen.json'))).toBe(true);
});
