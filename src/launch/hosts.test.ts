/** A device's child process, with the CPU's backend in it: it trains as a worker thread does, and may crash alone. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadDataset } from '../data/node/load.js';
import { readRunRecord } from '../store/node/runFiles.js';
import { planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import type { Run } from '../study/types.js';
import { shareDataset } from './compileRun.js';
import type { HostKind } from './hosts.js';
import type { EngineSetup, WorkerMessage } from './jobs.js';
import { runPool } from './pool.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-hosts-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const dataset = shareDataset(await loadDataset({ name: 'synthetic', classes: 3, train: 60, test: 12 }, {}));

function runsOf(epochs: number): readonly Run[] {
  const study = parseStudy(`
name: hosts
dataset: { name: synthetic, classes: 3, train: 60, test: 12, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: ${epochs}, batchSize: 12, checkpointSeconds: 0 }
baseline: { learningRate: 0.002 }
factors: { learningRate: [0.002, 0.005, 0.01] }
seeds: 1
`);
  return planRuns(study, { datasetChecksum: dataset.checksum });
}

interface Pooled {
  readonly name: string;
  readonly host: HostKind;
  readonly groups: readonly (readonly Run[])[];
  /** Places with this commit in their setup, which take a group if it begins with one of these runs. */
  readonly places?: Readonly<Record<string, readonly Run[]>>;
  readonly onMessage?: (message: WorkerMessage, directory: string) => void;
  /** Called when the hosts have been started, with the flag that asks for a stop. */
  readonly begun?: (stopFlag: Int32Array) => void;
}

async function pooled({ name, host, groups, places = {}, onMessage, begun }: Pooled) {
  const studyDirectory = join(scratch, name);
  const messages: WorkerMessage[] = [];
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const setup: EngineSetup = {
    trainer: 'engine',
    studyDirectory,
    dataset,
    stopFlag,
    allowVariantChange: false,
    backend: { device: 'cpu', backend: 'wasm', variant: null },
    gitCommit: null,
    initialChecksums: {},
  };
  const record = { job: '17_0', node: 'n1', startedAt: null, end: null };
  const ended = runPool(groups, {
    host,
    allotment: { workers: Math.max(1, Object.keys(places).length), threads: 1, threadsAtMost: 1 },
    // Told after the places were arranged, as a cluster's job tells it.
    setup: Object.keys(places).length > 0 ? { ...setup, sitting: { record, before: 'unknown' } } : setup,
    places: Object.entries(places).map(([gitCommit, own]) => ({
      setup: { ...setup, gitCommit },
      takes: ([run]) => own.includes(run),
    })),
    onMessage: (message) => {
      messages.push(message);
      onMessage?.(message, studyDirectory);
      if (message.type === 'run-epoch' && name === 'stopped') Atomics.store(stopFlag, 0, 1);
    },
  });
  begun?.(stopFlag);
  await ended;
  const fileOf = (run: Run, file: string) => join(studyDirectory, 'runs', run.id, file);
  return {
    ended: messages.flatMap((message) => (message.type === 'run-ended' ? [message] : [])),
    recordOf: (run: Run) => readRunRecord(fileOf(run, 'run.json')),
    weightsOf: (run: Run) => readFileSync(fileOf(run, 'weights.safetensors')),
    logOf: (run: Run) => readFileSync(fileOf(run, 'log.txt'), 'utf8'),
  };
}

test('a child process gives the bits of a worker thread, and ends by itself', async () => {
  const [one, two, three] = runsOf(2);
  const groups = [[one, two], [three]];
  const apart = await pooled({ name: 'process', host: 'process', groups });
  const here = await pooled({ name: 'thread', host: 'thread', groups });
  expect(apart.ended.map(({ runId, status }) => [runId, status])).toEqual(
    [one, two, three].map(({ id }) => [id, 'done']),
  );
  for (const run of [one, two, three]) expect(apart.weightsOf(run)).toEqual(here.weightsOf(run));
}, 60_000);

test('a crash of the process fails the runs of its group with the cause; the others go on, and it can be continued', async () => {
  const [one, two, three] = runsOf(12);
  let killed = false;
  const crashed = await pooled({
    name: 'crashed',
    host: 'process',
    groups: [[one, two], [three]],
    onMessage: (message, directory) => {
      if (killed || message.type !== 'run-epoch' || message.row.epoch < 2) return;
      killed = true;
      const lock = readFileSync(join(directory, 'runs', one.id, 'lock.json'), 'utf8');
      const { pid } = JSON.parse(lock) as { pid: number };
      expect(pid).not.toBe(process.pid);
      process.kill(pid, 'SIGSEGV');
    },
  });
  for (const run of [one, two]) {
    const { status, statusReason } = crashed.recordOf(run)!;
    expect(status).toBe('failed');
    expect(statusReason).toMatch(/the device's process ended \(SIGSEGV\)/);
    expect(crashed.logOf(run)).toMatch(/failed: the device's process ended/);
  }
  expect(crashed.recordOf(three)?.status).toBe('done');
  const [again, whole] = [
    await pooled({ name: 'crashed', host: 'process', groups: [[one, two]] }),
    await pooled({ name: 'whole', host: 'thread', groups: [[one], [two]] }),
  ];
  expect(again.logOf(one)).toMatch(/continues after epoch \d+[\s\S]*done/);
  for (const run of [one, two]) expect(again.weightsOf(run)).toEqual(whole.weightsOf(run));
}, 90_000);

test('a stop reaches the process: its runs are interrupted, the waiting ones are not begun', async () => {
  const [one, two, three] = runsOf(5000);
  const stopped = await pooled({ name: 'stopped', host: 'process', groups: [[one, two], [three]] });
  expect(stopped.recordOf(one)?.status).toBe('interrupted');
  expect(stopped.recordOf(two)?.status).toBe('interrupted');
  expect(stopped.recordOf(three)).toBeNull();
}, 60_000);

test.runIf(process.platform === 'linux').each([
  ['interrupted', 1],
  ['failed', 0],
] as const)(
  'a signal that ends the process before it listens: its run is %s',
  async (status, asked) => {
    const [one] = runsOf(2);
    const { ended } = await pooled({
      name: `early-${status}`,
      host: 'process',
      groups: [[one]],
      begun: (stopFlag) => {
        const children = execFileSync('pgrep', ['-P', String(process.pid)], { encoding: 'utf8' });
        const own = children.split('\n').filter((pid) => isHost(pid));
        expect(own).toHaveLength(1);
        process.kill(Number(own[0]), 'SIGINT');
        Atomics.store(stopFlag, 0, asked);
      },
    });
    expect(ended.map((one) => one.status)).toEqual([status]);
    if (status === 'failed') expect(ended[0]!.reason).toMatch(/SIGINT/);
  },
  20_000,
);

/** Whether it is the process that this one has just started. */
function isHost(pid: string): boolean {
  if (pid === '') return false;
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return command.includes('runProcess') || command === readFileSync('/proc/self/cmdline', 'utf8');
}

test('a group goes where it may go only', async () => {
  const [one, two, three] = runsOf(1);
  const groups = [[one], [two], [three]];
  const { ended, recordOf } = await pooled({
    name: 'places',
    host: 'thread',
    groups,
    places: { left: [three], right: [one, two], none: [] },
  });
  expect(ended.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
  expect([one, two, three].map((run) => recordOf(run)?.gitCommit)).toEqual(['right', 'right', 'left']);
  expect(recordOf(three)?.cluster?.sittings.map(({ job }) => job)).toEqual(['17_0']);
}, 60_000);
