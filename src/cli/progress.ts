/** What a person sees while a study runs: bars on a terminal, a plain line per epoch elsewhere. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import pc from 'picocolors';
import type {
  RunEndedEvent,
  RunEpochEvent,
  RunProgressEvent,
  StudyEvent,
  StudyStartedEvent,
} from '../index.js';
import { formatDuration, remark } from './output.js';

/** Follows a study's events; `finish` gives the terminal back. */
export interface ProgressDisplay {
  show(event: StudyEvent): void;
  finish(): void;
}

export function createProgress(terminal: boolean): ProgressDisplay {
  return terminal ? new BarDisplay() : new PlainDisplay();
}

/** Epochs done and left over all runs, and the time they take. */
class StudyClock {
  readonly #epochs = new Map<string, number>();
  readonly #done = new Map<string, number>();
  readonly #ended = new Set<string>();
  #atStart = 0;
  #started = performance.now();

  start(event: StudyStartedEvent): void {
    for (const run of event.runs) {
      this.#epochs.set(run.id, run.epochs);
      if (run.status === 'done' || run.status === 'diverged') this.end(run.id);
    }
    this.#atStart = this.#sum();
    this.#started = performance.now();
  }

  runStarted(runId: string, epochsDone: number): void {
    this.#done.set(runId, epochsDone);
    this.#atStart += epochsDone;
  }

  at(runId: string, epochs: number): void {
    this.#done.set(runId, epochs);
  }

  end(runId: string): void {
    this.#ended.add(runId);
    this.#done.set(runId, this.#epochs.get(runId) ?? 0);
  }

  epochsOf(runId: string): number {
    return this.#epochs.get(runId) ?? 0;
  }

  get ended(): number {
    return this.#ended.size;
  }

  get runs(): number {
    return this.#epochs.size;
  }

  /** Seconds left, from the pace so far; NaN before there is one. */
  get secondsLeft(): number {
    const total = [...this.#epochs.values()].reduce((sum, epochs) => sum + epochs, 0);
    const made = this.#sum() - this.#atStart;
    if (made <= 0) return Number.NaN;
    return ((total - this.#sum()) * (performance.now() - this.#started)) / 1000 / made;
  }

  #sum(): number {
    return [...this.#done.values()].reduce((sum, epochs) => sum + epochs, 0);
  }
}

function percent(value: number | null): string {
  return value === null ? '-' : `${(100 * value).toFixed(1)}%`;
}

function loss(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

function describeEpoch({ row }: RunEpochEvent): string {
  return (
    `loss ${loss(row.trainLoss)} / ${loss(row.validLoss)}  ` +
    `accuracy ${percent(row.trainAccuracy)} / ${percent(row.validAccuracy)}`
  );
}

function describeEnd(event: RunEndedEvent): string {
  return event.reason === null ? event.status : `${event.status}: ${event.reason}`;
}

class PlainDisplay implements ProgressDisplay {
  readonly #clock = new StudyClock();
  #toldTime = false;

  show(event: StudyEvent): void {
    switch (event.type) {
      case 'study-started':
        this.#clock.start(event);
        remark(describeStart(event));
        break;
      case 'run-started':
        this.#clock.runStarted(event.runId, event.epochsDone);
        remark(
          `${event.runId}: ${event.epochsDone > 0 ? `continues after epoch ${event.epochsDone}` : 'starts'}`,
        );
        break;
      case 'run-progress':
        this.#progress(event);
        break;
      case 'run-epoch':
        this.#epoch(event);
        break;
      case 'run-ended':
        if (event.status === 'done' || event.status === 'diverged') this.#clock.end(event.runId);
        remark(
          `${event.runId}: ${describeEnd(event)} (${this.#clock.ended} of ${this.#clock.runs} runs ended)`,
        );
        break;
      case 'study-ended':
        break;
      default:
        event satisfies never;
    }
  }

  finish(): void {}

  #progress(event: RunProgressEvent): void {
    this.#clock.at(event.runId, event.epoch - 1 + event.step / event.steps);
    const left = this.#clock.secondsLeft;
    if (this.#toldTime || Number.isNaN(left)) return;
    this.#toldTime = true;
    remark(`expected time: ${formatDuration(left)}${longStudyAdvice(left)}`);
  }

  #epoch(event: RunEpochEvent): void {
    const { row, runId } = event;
    this.#clock.at(runId, row.epoch);
    const speed = row.imagesPerSecond === null ? '' : `  ${Math.round(row.imagesPerSecond)} images/s`;
    remark(
      `${runId}  epoch ${row.epoch}/${this.#clock.epochsOf(runId)}  ${describeEpoch(event)}${speed}  ` +
        `left ${formatDuration(this.#clock.secondsLeft)}`,
    );
  }
}

/** Above two hours, a way to something that fits an evening. */
export function longStudyAdvice(seconds: number): string {
  return seconds > 7200 ? ' (studies/ai6103-cpu.yaml is a miniature that fits an evening)' : '';
}

function describeStart(event: StudyStartedEvent): string {
  const { study, runs, workers, threads } = event;
  const waiting = runs.filter((run) => run.status !== 'done' && run.status !== 'diverged').length;
  const plan = `${runs.length} runs, ${waiting} to do, ${workers} at a time with ${threads} thread${threads > 1 ? 's' : ''} each`;
  const stage = study.selection === null ? '' : `${event.stage === 'search' ? 'search' : 'final runs'}, `;
  return [`${study.name}: ${stage}${plan}`, ...event.notes.map((note) => `note: ${note}`)].join('\n');
}

class BarDisplay implements ProgressDisplay {
  readonly #clock = new StudyClock();
  readonly #bars = new Map<string, SingleBar>();
  readonly #text = new Map<string, string>();
  readonly #multi = new MultiBar(
    {
      format: `{bar} {name}  {text}`,
      barsize: 16,
      hideCursor: true,
      clearOnComplete: false,
      stopOnComplete: false,
      autopadding: true,
      gracefulExit: false,
    },
    Presets.rect,
  );
  #study: SingleBar | null = null;

  show(event: StudyEvent): void {
    switch (event.type) {
      case 'study-started':
        this.#clock.start(event);
        remark(describeStart(event));
        this.#study?.setTotal(event.runs.length);
        this.#study ??= this.#multi.create(event.runs.length, this.#clock.ended, {
          name: pc.bold(event.study.name),
          text: '',
        });
        break;
      case 'run-started':
        this.#clock.runStarted(event.runId, event.epochsDone);
        this.#bars.set(
          event.runId,
          this.#multi.create(this.#clock.epochsOf(event.runId), event.epochsDone, {
            name: event.runId.slice(0, -9),
            text: '',
          }),
        );
        break;
      case 'run-progress':
        this.#progress(event);
        break;
      case 'run-epoch':
        this.#text.set(event.runId, describeEpoch(event));
        break;
      case 'run-ended':
        this.#end(event);
        break;
      case 'study-ended':
        break;
      default:
        event satisfies never;
    }
    this.#study?.update(this.#clock.ended, {
      text: `${this.#clock.ended} of ${this.#clock.runs} runs ended, left ${formatDuration(this.#clock.secondsLeft)}`,
    });
  }

  finish(): void {
    this.#multi.stop();
  }

  #progress(event: RunProgressEvent): void {
    const at = event.epoch - 1 + event.step / event.steps;
    this.#clock.at(event.runId, at);
    const text = this.#text.get(event.runId) ?? `loss ${loss(event.loss)}`;
    const position = `epoch ${event.epoch}/${this.#clock.epochsOf(event.runId)}`;
    this.#bars.get(event.runId)?.update(at, {
      text: `${position}  ${text}  ${Math.round(event.imagesPerSecond)} images/s`,
    });
  }

  #end(event: RunEndedEvent): void {
    if (event.status === 'done' || event.status === 'diverged') this.#clock.end(event.runId);
    const bar = this.#bars.get(event.runId);
    if (bar === undefined) return;
    this.#multi.remove(bar);
    this.#bars.delete(event.runId);
    this.#multi.log(`${event.runId}: ${describeEnd(event)}  ${this.#text.get(event.runId) ?? ''}\n`);
  }
}
