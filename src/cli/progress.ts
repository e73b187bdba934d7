/** What a person sees while a study runs: bars on a terminal, a plain line per epoch elsewhere. */
import pc from 'picocolors';
import type {
  ResolvedStudy,
  RunEndedEvent,
  RunEpochEvent,
  RunProgressEvent,
  StudyEvent,
  StudyStartedEvent,
} from './library.js';
import { LiveLines, type Terminal } from './liveLines.js';
import { formatDuration, remark } from './output.js';
import { epochFacts, lossText, type ProgressLine, progressLines } from './progressLines.js';
import { StudyClock } from './studyClock.js';

/** Follows a study's events; `finish` gives the terminal back. */
export interface ProgressDisplay {
  show(event: StudyEvent): void;
  /** A remark between the bars. */
  note(text: string): void;
  finish(): void;
}

export function createProgress(terminal: boolean): ProgressDisplay {
  return terminal ? new BarDisplay(process.stderr) : new PlainDisplay();
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
  if (study.trainer !== 'engine') return describeCommandStart(event, waiting);
  const where = device === 'CPU' ? `with ${plural(threads, 'thread')} each` : `on ${device}`;
  const groups = lockstep === 1 ? '' : `in lockstep groups of up to ${lockstep}, `;
  const plan = `${plural(runs.length, 'run')}, ${waiting} to do, ${groups}${workers} at a time ${where}`;
  const { train = 0, validation = 0, test = 0 } = examples ?? {};
  const images = `${study.baseline.dataset.name}: ${train} training, ${validation} validation and ${test} test images`;
  const stage = study.selection === null ? '' : `${event.stage === 'search' ? 'search' : 'final runs'}, `;
  return [`${study.name}: ${stage}${plan}`, images, ...event.notes.map((note) => `note: ${note}`)].join('\n');
}

function describeCommandStart(
  { study, stage, runs, workers, device, notes }: StudyStartedEvent,
  waiting: number,
) {
  const gpus = study.trainer === 'engine' ? 0 : study.trainer.gpus;
  const each = gpus === 0 ? '' : ` with ${plural(gpus, 'GPU')} each`;
  const part = study.selection === null ? '' : `${stage === 'search' ? 'search' : 'final runs'}, `;
  const plan = `${part}${plural(runs.length, 'run')}, ${waiting} to do, ${workers} at a time${each}`;
  return [`${study.name}: ${plan}`, `command: ${device}`, ...notes.map((note) => `note: ${note}`)].join('\n');
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
    const left = this.#clock.runSecondsLeft(runId);
    remark(
      `${runId}  epoch ${epochOf(row.epoch, this.#clock.epochsOf(runId))}  ${epochFacts(event).join('  ')}${speed}  ` +
        `${Number.isNaN(left) ? this.#left('left ') : `left ${formatDuration(left)}${this.#left('; study ')}`}`.trimEnd(),
    );
    this.#expected.tell(this.#clock, remark);
  }

  #left(before = ', left '): string {
    const { secondsLeft } = this.#clock;
    return secondsLeft > 0 ? `${before}${formatDuration(secondsLeft)}` : '';
  }
}

/** Bars under a log; a bar for the study, then one for each run under way. */
class BarDisplay implements ProgressDisplay {
  readonly #clock = new StudyClock();
  readonly #expected = new ExpectedTime();
  readonly #runs = new Map<string, RunLine>();
  readonly #lines: LiveLines;
  #study: string | null = null;

  constructor(terminal: Terminal) {
    this.#lines = new LiveLines(terminal, (width) => this.#draw(width));
  }

  show(event: StudyEvent): void {
    const clock = this.#clock;
    switch (event.type) {
      case 'study-started':
        clock.start(event);
        this.#expected.start(event);
        this.note(describeStart(event));
        this.#study = event.study.name;
        break;
      case 'run-started':
        clock.runStarted(event.runId, event.epochsDone);
        this.#runs.set(event.runId, { epoch: event.epochsDone, measured: ['starts'], speed: [] });
        break;
      case 'run-progress':
        this.#progress(event);
        break;
      case 'run-epoch':
        clock.epochDone(event.runId, event.row.epoch);
        this.#change(event.runId, { epoch: event.row.epoch, measured: epochFacts(event) });
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
    this.#lines.update();
  }

  note(text: string): void {
    this.#lines.log(text, pc.dim);
  }

  finish(): void {
    this.#lines.finish();
  }

  #draw(width: number): string[] {
    if (this.#study === null) return [];
    const clock = this.#clock;
    const { done, total } = clock.progress;
    const left = `left ${formatDuration(clock.secondsLeft)}`;
    const study = { share: done / total, name: this.#study, facts: [clock.counts, left] };
    const ids = [...this.#runs.keys()];
    const longest = ids.reduce((most, id) => Math.max(most, nameOf(id).length), 0);
    const lines = ids.flatMap((id) => progressLines(this.#lineOf(id), width, longest));
    return [...progressLines(study, width), ...lines];
  }

  #lineOf(id: string): ProgressLine {
    const { epoch, measured, speed } = this.#runs.get(id) ?? { epoch: 0, measured: [], speed: [] };
    const epochs = this.#clock.epochsOf(id);
    const left = formatDuration(this.#clock.runSecondsLeft(id));
    const at = `epoch ${epochOf(Math.max(1, Math.ceil(epoch)), epochs)}`;
    const facts = [at, `left ${left}`, ...measured, ...speed];
    return { share: epochs === null ? 0 : epoch / epochs, name: nameOf(id), facts };
  }

  #change(id: string, changes: Partial<RunLine>): void {
    const line = this.#runs.get(id);
    if (line !== undefined) this.#runs.set(id, { ...line, ...changes });
  }

  #progress(event: RunProgressEvent): void {
    const { runId, epoch, step, steps } = event;
    this.#clock.stepDone(runId, epoch, step / steps);
    const isFirst = this.#runs.get(runId)?.measured.length === 1;
    this.#change(runId, {
      epoch: epoch - 1 + step / steps,
      speed: [`${Math.round(event.imagesPerSecond)} images/s`],
      ...(isFirst ? { measured: [`train loss ${lossText(event.loss)}`] } : {}),
    });
  }

  #end(event: RunEndedEvent): void {
    this.#clock.runEnded(event.runId, event.status);
    const measured = this.#runs.get(event.runId)?.measured ?? [];
    this.#runs.delete(event.runId);
    this.#lines.log(describeEnd(event, `  ${measured.join('  ')}`));
  }
}

interface RunLine {
  /** Epochs done, with the part of the one under way. */
  readonly epoch: number;
  readonly measured: readonly string[];
  readonly speed: readonly string[];
}

/** `3/10`; `3` where the number of epochs is not known. */
const epochOf = (epoch: number, epochs: number | null) =>
  epochs === null ? `${epoch}` : `${epoch}/${epochs}`;

/** Without the fingerprint. */
const nameOf = (runId: string) => runId.slice(0, -9);
