/** Where each run of a study stands, how fast it goes, and how long the rest takes. */
import { maxOf } from '../base/extremes.js';
import type { RunStatus, StudyStartedEvent } from './library.js';

interface RunState {
  readonly epochs: number;
  status: RunStatus;
  /** Epochs done, with the part of the one under way. */
  position: number;
  /** First moment of this sitting at which the position was known, in seconds; start-up lies before it. */
  since: number | null;
  from: number;
  last: number;
}

/** Seconds of measuring before a time is worth telling. */
const worthTelling = 2;

export class StudyClock {
  readonly #runs = new Map<string, RunState>();
  readonly #now: () => number;
  /** Runs under way side by side. */
  #workers = 1;
  #trainShare = 1;
  /** Runs whose number of epochs is not known. */
  readonly #unknown = new Set<string>();

  /** @param now seconds, monotonic */
  constructor(now: () => number = () => performance.now() / 1000) {
    this.#now = now;
  }

  start(event: StudyStartedEvent): void {
    this.#workers = event.workers * event.lockstep;
    const { train, validation } = event.examples ?? { train: 1, validation: 0 };
    // An evaluated image costs a third of a trained one: one pass of three.
    this.#trainShare = train / (train + validation / 3);
    for (const { id, epochs: known, status } of event.runs) {
      // Of a command that does not tell: the whole run is its unit.
      const epochs = known ?? 1;
      if (known === null) this.#unknown.add(id);
      const position = status === 'done' || status === 'diverged' ? epochs : 0;
      this.#runs.set(id, { epochs, status, position, since: null, from: position, last: 0 });
    }
  }

  runStarted(id: string, epochsDone: number): void {
    const position = this.#unknown.has(id) ? 0 : epochsDone;
    this.#change(id, { status: 'running', position });
    // Without epochs the pace is that of whole runs.
    if (this.#unknown.has(id)) this.#move(id, 0);
  }

  /** Step `step` of `steps` of an epoch (from 1) is done. */
  stepDone(id: string, epoch: number, part: number): void {
    this.#move(id, epoch - 1 + this.#trainShare * part);
  }

  /** An epoch is done, with its evaluation. */
  epochDone(id: string, epoch: number): void {
    if (!this.#unknown.has(id)) this.#move(id, epoch);
  }

  runEnded(id: string, status: RunStatus): void {
    const { epochs = 0, position = 0 } = this.#runs.get(id) ?? {};
    if (this.#unknown.has(id) && status === 'done') this.#move(id, epochs);
    this.#change(id, { status, position: status === 'done' || status === 'diverged' ? epochs : position });
  }

  /** `null` where it is not known. */
  epochsOf(id: string): number | null {
    return this.#unknown.has(id) ? null : (this.#runs.get(id)?.epochs ?? 0);
  }

  /** Epochs done, with parts, and all epochs of the study. */
  get progress(): { readonly done: number; readonly total: number } {
    const runs = [...this.#runs.values()];
    return {
      done: runs.reduce((sum, { position }) => sum + position, 0),
      total: runs.reduce((sum, { epochs }) => sum + epochs, 0),
    };
  }

  /** `3 of 7 runs done, 2 running`, and what went wrong, if anything. */
  get counts(): string {
    const count = (wanted: RunStatus) =>
      [...this.#runs.values()].filter((one) => one.status === wanted).length;
    const parts = [`${count('done')} of ${this.#runs.size} runs done`, `${count('running')} running`];
    for (const status of ['diverged', 'failed'] as const) {
      if (status === 'failed' || count(status) > 0) parts.push(`${count(status)} ${status}`);
    }
    return parts.join(', ');
  }

  /** Seconds that a run still takes; NaN before its pace is known. */
  runSecondsLeft(id: string): number {
    const run = this.#runs.get(id);
    return run === undefined ? Number.NaN : (run.epochs - run.position) * (pace(run) ?? Number.NaN);
  }

  /** Seconds that the study still takes, at the pace of this sitting; NaN before there is one. */
  get secondsLeft(): number {
    const runs = [...this.#runs.values()];
    const paces = runs.flatMap((run) => pace(run) ?? []);
    if (paces.length === 0) return Number.NaN;
    const mean = paces.reduce((sum, one) => sum + one, 0) / paces.length;
    const left = runs
      .filter(({ status }) => status === 'running' || status === 'waiting' || status === 'interrupted')
      .map((run) => (run.epochs - run.position) * (pace(run) ?? mean));
    const all = left.reduce((sum, one) => sum + one, 0);
    return Math.max(all / this.#workers, maxOf(left));
  }

  /** Whether enough was measured to tell a time. */
  get isMeasured(): boolean {
    return [...this.#runs.values()].some(
      ({ since, last, position, from }) => since !== null && last - since >= worthTelling && position > from,
    );
  }

  #move(id: string, position: number): void {
    const now = this.#now();
    const run = this.#runs.get(id);
    if (run === undefined) return;
    if (run.since === null) Object.assign(run, { since: now, from: position });
    Object.assign(run, { position, last: now });
  }

  #change(id: string, changes: Partial<RunState>): void {
    const run = this.#runs.get(id);
    if (run !== undefined) Object.assign(run, changes);
  }
}

/** Seconds of an epoch in this sitting. */
function pace({ since, last, position, from }: RunState): number | null {
  return since === null || position <= from || last <= since ? null : (last - since) / (position - from);
}
