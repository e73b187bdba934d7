/** What a person sees while a study runs: bars on a terminal, a plain line per epoch elsewhere. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import pc from 'picocolors';
import type {
  ResolvedStudy,
  RunEndedEvent,
  RunEpochEvent,
  RunProgressEvent,
  RunStartedEvent,
  StudyEvent,
  StudyStartedEvent,
} from '../index.js';
import { formatDuration, remark } from './output.js';
import { StudyClock } from './studyClock.js';

/** Follows a study's events; `finish` gives the terminal back. */
export interface ProgressDisplay {
  show(event: StudyEvent): void;
  /** A remark between the bars. */
  note(text: string): void;
  finish(): void;
}

export function createProgress(terminal: boolean): ProgressDisplay {
  return terminal ? new BarDisplay() : new PlainDisplay();
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

/** How a run ended, and below it why. */
function describeEnd({ runId, status, reason }: RunEndedEvent, more: string): string {
  return `${runId}: ${status}${more}${reason === null ? '' : `\n  ${reason}`}`;
}

/** Told once, as soon as it is known: how long the study takes, and above two hours what fits an evening. */
class ExpectedTime {
  #study: ResolvedStudy | null = null;
  #told = false;

  start({ study }: StudyStartedEvent): void {
    this.#study = study;
  }

  tell(clock: StudyClock, say: (text: string) => void): void {
    if (this.#told || this.#study === null || !clock.isMeasured) return;
    this.#told = true;
    const left = clock.secondsLeft;
    say(`expected time: about ${formatDuration(left)}${longStudyAdvice(this.#study, left)}`);
  }
}

const longSeconds = 2 * 3600;

/** Above two hours, a way to something that fits an evening. */
export function longStudyAdvice(study: ResolvedStudy, seconds: number): string {
  if (!(seconds > longSeconds)) return '';
  const { dataset, training } = study.baseline;
  const isPublished = dataset.name === 'cifar100' && study.report.miniatureOf === null;
  if (isPublished) return '; a miniature that fits an evening: studies/ai6103-cpu.yaml';
  const epochs = Math.max(1, Math.floor((training.epochs * longSeconds) / seconds));
  return `; fewer epochs fit an evening: --set training.epochs=${epochs}`;
}

function describeStart(event: StudyStartedEvent): string {
  const { study, runs, workers, threads, device, lockstep, examples } = event;
  const waiting = runs.filter((run) => run.status !== 'done' && run.status !== 'diverged').length;
  const where = device === 'CPU' ? `with ${plural(threads, 'thread')} each` : `on ${device}`;
  const groups = lockstep === 1 ? '' : `in lockstep groups of up to ${lockstep}, `;
  const plan = `${plural(runs.length, 'run')}, ${waiting} to do, ${groups}${workers} at a time ${where}`;
  const { train, validation, test } = examples;
  const images = `${study.baseline.dataset.name}: ${train} training, ${validation} validation and ${test} test images`;
  const stage = study.selection === null ? '' : `${event.stage === 'search' ? 'search' : 'final runs'}, `;
  return [`${study.name}: ${stage}${plan}`, images, ...event.notes.map((note) => `note: ${note}`)].join('\n');
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

class PlainDisplay implements ProgressDisplay {
  readonly #clock = new StudyClock();
  readonly #expected = new ExpectedTime();

  show(event: StudyEvent): void {
    const clock = this.#clock;
    switch (event.type) {
      case 'study-started':
        clock.start(event);
        this.#expected.start(event);
        remark(describeStart(event));
        break;
      case 'run-started':
        clock.runStarted(event.runId, event.epochsDone);
        remark(
          `${event.runId}: ${event.epochsDone > 0 ? `continues after epoch ${event.epochsDone}` : 'starts'}`,
        );
        break;
      case 'run-progress':
        clock.stepDone(event.runId, event.epoch, event.step / event.steps);
        this.#expected.tell(clock, remark);
        break;
      case 'run-epoch':
        this.#epoch(event);
        break;
      case 'run-ended':
        clock.runEnded(event.runId, event.status);
        remark(describeEnd(event, ` (${clock.counts}${this.#left()})`));
        break;
      case 'study-ended':
        break;
      default:
        event satisfies never;
    }
  }

  note(text: string): void {
    remark(text);
  }

  finish(): void {}

  #epoch(event: RunEpochEvent): void {
    const { row, runId } = event;
    this.#clock.epochDone(runId, row.epoch);
    const speed = row.imagesPerSecond === null ? '' : `  ${Math.round(row.imagesPerSecond)} images/s`;
    const left = formatDuration(this.#clock.runSecondsLeft(runId));
    remark(
      `${runId}  epoch ${row.epoch}/${this.#clock.epochsOf(runId)}  ${describeEpoch(event)}${speed}  ` +
        `left ${left}${this.#left('; study ')}`,
    );
    this.#expected.tell(this.#clock, remark);
  }

  #left(before = ', left '): string {
    const { secondsLeft } = this.#clock;
    return secondsLeft > 0 ? `${before}${formatDuration(secondsLeft)}` : '';
  }
}

const clearRight = '\u001b[K';

class BarDisplay implements ProgressDisplay {
  readonly #clock = new StudyClock();
  readonly #expected = new ExpectedTime();
  readonly #bars = new Map<string, SingleBar>();
  readonly #text = new Map<string, string>();
  readonly #multi = new MultiBar(
    {
      format: `{bar} {name}  {text}`,
      barsize: 16,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      gracefulExit: false,
    },
    Presets.rect,
  );
  #study: SingleBar | null = null;

  show(event: StudyEvent): void {
    const clock = this.#clock;
    switch (event.type) {
      case 'study-started':
        this.#start(event);
        break;
      case 'run-started':
        clock.runStarted(event.runId, event.epochsDone);
        this.#add(event);
        break;
      case 'run-progress':
        this.#progress(event);
        break;
      case 'run-epoch':
        clock.epochDone(event.runId, event.row.epoch);
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
    this.#expected.tell(clock, (text) => this.note(text));
    this.#study?.update(clock.progress.done, {
      text: `${clock.counts}, left ${formatDuration(clock.secondsLeft)}`,
    });
  }

  note(text: string): void {
    this.#log(pc.dim(text));
  }

  finish(): void {
    this.#multi.stop();
  }

  /** Above the bars, at once; each line is written over a bar's and clears what is left of it. */
  #log(text: string): void {
    if (this.#study === null) {
      process.stderr.write(`${text}\n`);
      return;
    }
    this.#multi.log(`${text.replaceAll('\n', `${clearRight}\n`)}${clearRight}\n`);
    this.#multi.update();
  }

  #start(event: StudyStartedEvent): void {
    this.#clock.start(event);
    this.#expected.start(event);
    this.note(describeStart(event));
    const { done, total } = this.#clock.progress;
    this.#study?.setTotal(total);
    this.#study ??= this.#multi.create(total, done, { name: pc.bold(event.study.name), text: '' });
  }

  #add({ runId, epochsDone }: RunStartedEvent): void {
    const name = runId.slice(0, -9);
    this.#bars.set(runId, this.#multi.create(this.#clock.epochsOf(runId), epochsDone, { name, text: '' }));
  }

  #progress(event: RunProgressEvent): void {
    const { runId, epoch, step, steps } = event;
    this.#clock.stepDone(runId, epoch, step / steps);
    const text = this.#text.get(runId) ?? `loss ${loss(event.loss)}`;
    const left = formatDuration(this.#clock.runSecondsLeft(runId));
    this.#bars.get(runId)?.update(epoch - 1 + step / steps, {
      text: `epoch ${epoch}/${this.#clock.epochsOf(runId)}  ${text}  ${Math.round(event.imagesPerSecond)} images/s  left ${left}`,
    });
  }

  #end(event: RunEndedEvent): void {
    this.#clock.runEnded(event.runId, event.status);
    this.#log(describeEnd(event, `  ${this.#text.get(event.runId) ?? ''}`));
    const bar = this.#bars.get(event.runId);
    if (bar !== undefined) this.#multi.remove(bar);
    this.#bars.delete(event.runId);
  }
}
