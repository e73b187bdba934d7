/** A group of runs, from their files to their end: resumed, trained in lockstep, each recorded as one alone is. */
import { maxOf } from '../base/extremes.js';
import { isLocked } from '../store/node/lock.js';
import type { RunStatus } from '../store/records.js';
import type { Seats } from '../train/group.js';
import { trainGroup } from '../train/trainGroup.js';
import { choiceOf } from './backend.js';
import { executeCommandRun } from './command/executeCommandRun.js';
import { compileRun } from './compileRun.js';
import { GroupStep } from './groupStep.js';
import type { EngineSetup, GroupJob, WorkerMessage, WorkerSetup } from './jobs.js';
import { type PreparedSplits, prepareSplits } from './prepare.js';
import { reasonOf } from './reasons.js';
import { RunRecorder, type Start } from './runRecorder.js';
import { runDirectory } from './status.js';
import { leftToAnother, patienceOf, untilFree } from './untilFree.js';

export interface GroupRequest {
  readonly setup: WorkerSetup;
  readonly job: GroupJob;
  readonly send: (message: WorkerMessage) => void;
}

/** Does the runs by the study's trainer; tells the end of each with `run-ended` and never throws. */
export async function executeGroup({ setup, job, send }: GroupRequest): Promise<void> {
  if (setup.trainer === 'engine') {
    await trainInLockstep({ setup, job, send });
    return;
  }
  const { gpus = null, threads } = job;
  const shared = setup.sharesCpu ? threads : null;
  for (const run of job.runs) await executeCommandRun({ run, setup, gpus, threads: shared, send });
}

interface EngineGroup extends GroupRequest {
  readonly setup: EngineSetup;
}

/** By this project's engine: runs that share one groupKey. */
async function trainInLockstep(request: EngineGroup): Promise<void> {
  const { setup, job, send } = request;
  const recorders: RunRecorder[] = [];
  const deadline = performance.now() + 1000 * patienceOf(setup);
  for (const run of job.runs) {
    const end = (status: RunStatus, reason: string | null) =>
      send({ type: 'run-ended', runId: run.id, status, reason });
    try {
      const directory = runDirectory(setup.studyDirectory, run);
      await untilFree(directory, (deadline - performance.now()) / 1000, setup.stopFlag);
      if (setup.sitting !== undefined && isLocked(directory)) {
        end('running', leftToAnother);
        continue;
      }
      const recorder = new RunRecorder({ run, setup, send });
      const ended = recorder.endedBefore;
      if (ended === null) recorders.push(recorder);
      else {
        // Whoever held its lock until now has brought it to its end.
        recorder.release();
        end(ended, null);
      }
    } catch (error) {
      end('failed', reasonOf(error));
    }
  }
  if (recorders.length > 0) await executeTogether(request, recorders);
}

async function executeTogether(request: EngineGroup, recorders: readonly RunRecorder[]): Promise<void> {
  try {
    const group = await openGroup(request, recorders);
    if (group === null) {
      const half = Math.ceil(recorders.length / 2);
      await executeTogether(request, recorders.slice(0, half));
      await executeTogether(request, recorders.slice(half));
      return;
    }
    try {
      await new GroupExecution(request, recorders, group).execute();
    } finally {
      await group.dispose();
    }
  } catch (error) {
    for (const recorder of recorders) recorder.fail(error);
  } finally {
    for (const recorder of recorders) recorder.release();
  }
}

/** The Step for all of them; `null` where the device has no room for so many, so that halves are tried. */
async function openGroup(
  { setup, job }: EngineGroup,
  recorders: readonly RunRecorder[],
): Promise<GroupStep | null> {
  const { configuration } = recorders[0].run.trial;
  const options = {
    compile: (replicas: number) => compileRun(configuration, setup.dataset, replicas),
    source: setup.dataset,
    choice: choiceOf(setup.backend, job.threads),
  };
  try {
    return await GroupStep.open(options, recorders.length);
  } catch (error) {
    if (recorders.length === 1) throw error;
    const [reason] = reasonOf(error).split('\n');
    for (const recorder of recorders)
      recorder.note(`${recorders.length} runs not together, so in halves: ${reason}`);
    return null;
  }
}

/** Milliseconds between looks at what other processes ask for. */
const breath = 200;

class GroupExecution {
  readonly #request: EngineGroup;
  readonly #group: GroupStep;
  #recorders: readonly RunRecorder[];
  #lastBreath = performance.now();
  /** When the epoch under way began, in milliseconds; `null` before the first. */
  #epochStart: number | null = null;

  constructor(request: EngineGroup, recorders: readonly RunRecorder[], group: GroupStep) {
    this.#request = request;
    this.#group = group;
    this.#recorders = recorders;
  }

  async execute(): Promise<void> {
    const starts = await this.#start();
    if (starts.length > 0) await this.#train(starts);
  }

  /** Each run's state is written into the Step. A run that cannot be gone on with fails alone. */
  async #start(): Promise<Start[]> {
    const step = this.#group.current;
    const starts: Start[] = [];
    const seats: number[] = [];
    const others = this.#recorders.length - 1;
    for (const [seat, recorder] of this.#recorders.entries()) {
      try {
        const start = recorder.start(step.description, step.program, others);
        await step.writeState(seat, start.state);
        starts.push(start);
        seats.push(seat);
      } catch (error) {
        recorder.fail(error);
      }
    }
    if (seats.length === this.#recorders.length || seats.length === 0) return starts;
    this.#recorders = seats.map((seat) => this.#recorders[seat]);
    await this.#group.reopen(seats);
    return starts;
  }

  async #train(starts: readonly Start[]): Promise<void> {
    const { setup } = this.#request;
    const { stopFlag } = setup;
    const { program } = this.#group.current;
    const events = trainGroup({
      step: this.#group.current,
      labels: setup.dataset.labels,
      splits: this.#splits(),
      replicas: this.#recorders.map(({ run }) => ({
        configuration: run.trial.configuration,
        seed: run.seed,
      })),
      resume: starts.map(({ position }) => position),
      control: {
        stopRequested: (replica) => Atomics.load(stopFlag, 0) === 1 || this.#recorders[replica].stopRequested,
        breathe: () => this.#breathe(),
        now: () => performance.now() / 1000,
        reseat: (live, seats) => this.#reseat(live, seats),
      },
    });
    for await (const event of events) {
      const recorder = this.#recorders[event.replica];
      if (recorder.hasEnded) continue;
      try {
        await recorder.handle(event, program);
      } catch (error) {
        // Its files could not be written: the others go on.
        recorder.fail(error);
      }
    }
  }

  /** The same object for runs of one split, so that what they share is made once. */
  #splits(): PreparedSplits[] {
    const { dataset } = this.#request.setup;
    const made = new Map<unknown, PreparedSplits>();
    return this.#recorders.map(({ run: { trial, seed } }) => {
      const configuration = trial.configuration.dataset;
      const key = configuration.splitSeed === 'per-seed' ? seed.label : 'all';
      const splits = made.get(key) ?? prepareSplits(dataset, configuration, seed);
      made.set(key, splits);
      return splits;
    });
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastBreath < breath) return;
    this.#lastBreath = performance.now();
    for (const recorder of this.#recorders) recorder.takeRequests();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Other runs have ended: those of this group go on with more threads, and without those of it that ended. */
  async #reseat(live: readonly number[], seats: Seats): Promise<Seats> {
    const group = this.#group;
    const threads = Math.max(group.threads, this.#allowedThreads());
    const fewer = live.length < seats.replicas.length && this.#paysToCompact(live, seats);
    const next = { step: group.current, replicas: fewer ? live : seats.replicas };
    if (fewer || threads > group.threads) {
      const grown = threads > group.threads ? [`with ${threads} threads`] : [];
      const left = fewer ? [`without the runs of its group that ended, ${live.length} left`] : [];
      await group.reopen(
        next.replicas.map((replica) => seats.replicas.indexOf(replica)),
        threads,
      );
      const text = `goes on ${[...grown, ...left].join(', ')}`;
      for (const replica of live) this.#recorders[replica].goOn(threads, text);
    }
    this.#epochStart = performance.now();
    return { ...next, step: group.current };
  }

  /** Threads are the CPU's. */
  #allowedThreads(): number {
    const { setup, job } = this.#request;
    return setup.backend.device === 'cpu' ? Atomics.load(job.allowedThreads, 0) : 1;
  }

  /** Whether what the ended replicas would cost to the end is more than opening a Step without them. */
  #paysToCompact(live: readonly number[], seats: Seats): boolean {
    if (this.#epochStart === null) return true;
    const epochSeconds = (performance.now() - this.#epochStart) / 1000;
    const epochsLeft = maxOf(live.map((replica) => this.#recorders[replica].epochsLeft));
    const share = 1 - live.length / seats.replicas.length;
    return epochsLeft * epochSeconds * share > this.#group.openSeconds;
  }
}
