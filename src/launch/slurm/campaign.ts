/** A study's runs, its submissions and the queue, held against each other: one object for the time of a command. */

import type { SubmissionRecord } from '../../store/cluster.js';
import { readSubmissions } from '../../store/node/clusterFiles.js';
import { isLocked } from '../../store/node/lock.js';
import { peekPosition } from '../../store/node/runFiles.js';
import type { RunStatus } from '../../store/records.js';
import type { LauncherConfiguration } from '../../study/launcher.js';
import type { ResolvedStudy, Run, RunStage } from '../../study/types.js';
import { startPosition, type TrainPosition } from '../../train/events.js';
import type { Lockstep } from '../groups.js';
import { hasEnded, runDirectory, statusOf } from '../status.js';
import { Accounts } from './accounts.js';
import { tasksAtMost, tasksOf } from './chunks.js';
import type { Slurm } from './commands.js';
import type { ClusterEvent, ClusterState } from './events.js';
import { HeldTasks } from './held.js';
import { isLive, type QueueTask } from './parse.js';
import type { ClusterLimits } from './preflight.js';
import { jobIn, type Queue, readQueue, refuseHidden } from './queue.js';
import { settleTask } from './settle.js';
import { afterRelease, epochsOf, nodesOf, waitingOf } from './standing.js';
import { type ArrayRequest, close, findAgain, numbered, submitArray } from './submit.js';

export interface CampaignPlan {
  readonly study: ResolvedStudy;
  readonly directory: string;
  readonly datasetChecksum: string | null;
  readonly launcher: LauncherConfiguration;
  readonly lockstep: Lockstep;
  readonly settings: ArrayRequest['settings'];
  readonly limits: ClusterLimits;
  readonly call: Slurm;
}

const keyOf = ({ name }: Pick<SubmissionRecord, 'name'>, index: number) => `${name} ${index}`;

/** Times that a command which follows a study submits a run again, whose jobs the cluster took away. */
const triesAtMost = 3;

export class Campaign {
  readonly #plan: CampaignPlan;
  #runs = new Map<string, Run>();
  #stage: RunStage = 'final';
  readonly #status = new Map<string, RunStatus>();
  #submissions: SubmissionRecord[] = [];
  #queue: Queue = new Map();
  /** Tasks that were looked at since they are over, as `name index`. */
  readonly #settled = new Set<string>();
  /** The submission that has a run last. */
  readonly #latest = new Map<string, string>();
  /** Of tasks that are over and not settled: runs that were told. */
  readonly #told = new Map<string, ReadonlySet<string>>();
  /** Runs of tasks that are over, on which a process works all the same. */
  readonly #elsewhere = new Set<string>();
  /** Those of them whose task is settled as soon as they are free. */
  readonly #lingering = new Set<string>();
  readonly #tries = new Map<string, number>();
  readonly #accounts: Accounts;
  readonly #held: HeldTasks;
  /** It was said that more runs follow than the queue takes at once. */
  #toldOfMore = false;

  constructor(plan: CampaignPlan) {
    this.#plan = plan;
    this.#accounts = new Accounts(plan.call);
    this.#held = new HeldTasks(plan.call);
  }

  /** The runs of the stage under way. Their state is read from the store: every run.json once. */
  take(runs: readonly Run[], stage: RunStage): void {
    this.#runs = new Map(runs.map((run) => [run.id, run]));
    this.#stage = stage;
    for (const run of runs) {
      if (!hasEnded(this.#status.get(run.id))) this.#status.set(run.id, statusOf(this.#plan.directory, run));
    }
  }

  get stage(): RunStage {
    return this.#stage;
  }

  get hasEnded(): boolean {
    return [...this.#runs.keys()].every((id) => hasEnded(this.#status.get(id)));
  }

  /** Whether the queue still has tasks of it, or somebody works on a run of it. */
  get isBusy(): boolean {
    return (
      this.#elsewhere.size > 0 || this.#open.some((one) => one.job === null || this.#covered(one).length > 0)
    );
  }

  get #open(): SubmissionRecord[] {
    return this.#submissions.filter(({ closed }) => !closed);
  }

  /**
   * Asks the queue once, for all submissions; finds submissions without an answer; settles tasks that are over; lets go
   * of those that Slurm holds since a node could not begin them.
   * @throws a `SlurmError` where the controller does not answer: nothing is known then, and nothing changed
   */
  async poll(): Promise<ClusterEvent[]> {
    const { directory, call } = this.#plan;
    const known = new Set(this.#submissions.filter(({ job }) => job !== null).map(({ name }) => name));
    const kept = this.#submissions.filter(({ name }) => known.has(name));
    this.#submissions = [...kept, ...readSubmissions(directory, known)];
    await refuseHidden(this.#open, this.#plan.limits.hidesJobs);
    this.#queue = await readQueue(this.#open, call);
    this.#accounts.again();
    this.#latest.clear();
    for (const { name, tasks } of this.#submissions) {
      for (const { id } of tasks.flat()) this.#latest.set(id, name);
    }
    const events: ClusterEvent[] = [];
    for (const one of this.#open) {
      for (const event of await this.#follow(one)) events.push(event);
    }
    return [...events, ...(await this.#letGo())];
  }

  async #letGo(): Promise<ClusterEvent[]> {
    const { released, notes } = await this.#held.letGo(this.#open.flatMap((one) => this.#liveTasks(one)));
    if (released.length === 0) return notes;
    const names = new Set(released.map(({ name }) => name));
    // What the queue said of them holds no more.
    this.#queue = new Map(
      [...this.#queue].map(([name, tasks]) => [
        name,
        names.has(name) ? afterRelease(tasks, released) : tasks,
      ]),
    );
    return notes;
  }

  async #follow(found: SubmissionRecord): Promise<ClusterEvent[]> {
    const { directory, call } = this.#plan;
    const submission = found.job === null ? await this.#lookFor(found, call) : found;
    if (submission.job === null) return [];
    const events: ClusterEvent[] = [];
    let busy = false;
    for (const index of submission.tasks.keys()) {
      const task = this.#queue.get(submission.name)?.get(index);
      if (task !== undefined && isLive(task)) {
        busy = true;
        continue;
      }
      for (const event of await this.#settle(submission, index, task)) events.push(event);
      if (!this.#settled.has(keyOf(submission, index))) busy = true;
    }
    if (!busy) this.#replace(close(directory, submission));
    return events;
  }

  async #lookFor(submission: SubmissionRecord, call: Slurm): Promise<SubmissionRecord> {
    const { directory } = this.#plan;
    const job = jobIn(this.#queue, submission);
    const known =
      job === null ? await findAgain(directory, submission, call) : numbered(directory, submission, job);
    this.#replace(known);
    return known;
  }

  #replace(submission: SubmissionRecord): void {
    this.#submissions = this.#submissions.map((one) => (one.name === submission.name ? submission : one));
  }

  async #settle(
    submission: SubmissionRecord,
    index: number,
    task: QueueTask | undefined,
  ): Promise<readonly ClusterEvent[]> {
    const key = keyOf(submission, index);
    if (this.#settled.has(key)) return [];
    const ids = submission.tasks[index].map(({ id }) => id);
    // What became of a run before it was submitted again was told then.
    const again = ids.filter((id) => this.#latest.get(id) !== submission.name);
    const told = new Set([...(this.#told.get(key) ?? []), ...again]);
    const known = ids.every((id) => told.has(id) || hasEnded(this.#status.get(id)));
    const { directory, datasetChecksum } = this.#plan;
    const over = { directory, submission, index, task, runs: this.#runs, told, datasetChecksum };
    const { events, locked } = known ? { events: [], locked: [] } : await settleTask(over, this.#accounts);
    for (const id of ids) if (!again.includes(id)) this.#lingering.delete(id);
    for (const id of locked) {
      this.#elsewhere.add(id);
      this.#lingering.add(id);
    }
    // A process that was killed leaves its lock, which falls after a minute: what ended it is written then.
    if (locked.length === 0) this.#settled.add(key);
    else this.#told.set(key, new Set([...told, ...events.map(({ runId }) => runId)]));
    for (const { runId, status, end } of events) {
      this.#elsewhere.delete(runId);
      this.#status.set(runId, status);
      // What a person ended is not submitted again by itself.
      if (end === 'cancelled') this.#tries.set(runId, triesAtMost);
    }
    return events;
  }

  /** Runs on which a process works though the queue has them no more: looked at again, each by its own files. */
  refreshElsewhere(): void {
    for (const id of [...this.#elsewhere]) {
      if (this.#lingering.has(id)) continue;
      const run = this.#runs.get(id);
      if (run !== undefined && isLocked(runDirectory(this.#plan.directory, run))) continue;
      this.#elsewhere.delete(id);
      if (run !== undefined) this.#status.set(id, statusOf(this.#plan.directory, run));
    }
  }

  /**
   * Hands over the runs that are neither ended nor in the queue nor worked on, as many as the queue shall hold.
   * @param again only those that the cluster took away, and those not submitted so far: what failed is not tried over and over
   * @throws a `SlurmError` where Slurm refuses them
   */
  async *submit(again: boolean): AsyncGenerator<ClusterEvent, void> {
    const { launcher, lockstep, limits, directory, call, settings } = this.#plan;
    const room = Math.min(tasksAtMost, Math.ceil(limits.jobs / 2)) - this.#tasksInQueue;
    if (again && room <= 0) return;
    const tasks = tasksOf({
      runs: this.#missing(again),
      lockstep,
      onGpu: settings.device !== 'cpu' && this.#plan.study.trainer === 'engine',
      runsPerJob: launcher.runsPerJob,
      positionOf: (run) => this.#positionOf(run),
    });
    const now = tasks.slice(0, Math.max(0, room));
    const each = Math.min(launcher.arrayLimit ?? tasksAtMost, limits.arrayTasks);
    for (let from = 0; from < now.length; from += each) {
      const part = now.slice(from, from + each);
      const named = part.map((runs) =>
        runs.map(({ id, trial, seed }) => ({ id, trial: trial.name, seed: seed.label })),
      );
      const submission = await submitArray({ directory, launcher, settings, tasks: named }, call);
      this.#submissions.push(submission);
      const runs = part.flat();
      for (const { id } of runs) this.#tries.set(id, (this.#tries.get(id) ?? 0) + 1);
      yield { type: 'submitted', job: submission.job, runs: runs.length, tasks: part.length };
      if (submission.job === null) break;
    }
    if (now.length < tasks.length && !this.#toldOfMore) {
      this.#toldOfMore = true;
      const left = tasks.slice(now.length).flat().length;
      yield {
        type: 'cluster-note',
        text: `${left} more runs follow when these are through: ${tasksAtMost} tasks are in the queue at most`,
      };
    }
  }

  #isWorthAnother({ id }: Run): boolean {
    const tries = this.#tries.get(id) ?? 0;
    return tries === 0 || (this.#status.get(id) !== 'failed' && tries < triesAtMost);
  }

  #positionOf(run: Run): TrainPosition {
    return (peekPosition(runDirectory(this.#plan.directory, run)) as TrainPosition | null) ?? startPosition;
  }

  get #tasksInQueue(): number {
    return this.#open.reduce((sum, one) => sum + this.#covered(one).length, 0);
  }

  /** Indices of the tasks that the queue has: all of those that were submitted after it was asked, or without an answer. */
  #covered(submission: SubmissionRecord): readonly number[] {
    const all = [...submission.tasks.keys()];
    const isUnknown = !this.#queue.has(submission.name);
    return isUnknown ? all : this.#liveTasks(submission).map(({ task }) => task);
  }

  #liveTasks({ name }: SubmissionRecord): QueueTask[] {
    return [...(this.#queue.get(name)?.values() ?? [])].filter(isLive);
  }

  #missing(again: boolean): Run[] {
    const covered = new Set(
      this.#open.flatMap((one) => this.#covered(one).flatMap((task) => one.tasks[task].map(({ id }) => id))),
    );
    const { directory } = this.#plan;
    return [...this.#runs.values()].filter((run) => {
      if (hasEnded(this.#status.get(run.id)) || covered.has(run.id)) return false;
      // Its lock may have fallen since the queue was asked: what ended it is written first, by the next look.
      if (this.#lingering.has(run.id)) return false;
      if (again && !this.#isWorthAnother(run)) return false;
      if (!isLocked(runDirectory(directory, run))) return true;
      this.#elsewhere.add(run.id);
      return false;
    });
  }

  /** As the store and the last answer of the queue have it. */
  state(): ClusterState {
    const { study, directory } = this.#plan;
    const queued = this.#queuedRuns();
    const count = (wanted: RunStatus) =>
      [...this.#runs.keys()].filter((id) => this.#status.get(id) === wanted && !queued.has(id)).length;
    const done = count('done');
    const diverged = count('diverged');
    const failed = count('failed');
    const tasks = [...queued.values()];
    const running = [...queued]
      .filter(([, { state }]) => state !== 'PENDING')
      .map(([id]) => this.#runs.get(id)!);
    const total = this.#runs.size;
    const elsewhere = [...this.#elsewhere].filter((id) => !queued.has(id)).length;
    return {
      type: 'cluster-state',
      study,
      stage: this.#stage,
      directory,
      total,
      done,
      diverged,
      failed,
      running: running.length,
      epochs: epochsOf(this.#plan, running),
      nodes: nodesOf(tasks),
      waiting: waitingOf(tasks),
      elsewhere,
      missing: total - done - diverged - failed - queued.size - elsewhere,
      jobs: this.#open.flatMap(({ job }) => job ?? []),
    };
  }

  /** The task of each run that is not over and that the queue has. */
  #queuedRuns(): Map<string, Pick<QueueTask, 'state' | 'reason' | 'nodes'>> {
    const found = new Map<string, Pick<QueueTask, 'state' | 'reason' | 'nodes'>>();
    for (const one of this.#open) {
      for (const index of this.#covered(one)) {
        const task = this.#queue.get(one.name)?.get(index) ?? { state: 'PENDING', reason: 'None', nodes: '' };
        for (const { id } of one.tasks[index]) {
          if (this.#runs.has(id) && !hasEnded(this.#status.get(id))) found.set(id, task);
        }
      }
    }
    return found;
  }
}
