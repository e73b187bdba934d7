/** The files of one run: appended records, checkpoints, weights. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { workError } from '../../base/errors.js';
import {
  type Checkpoint,
  type Digest,
  decodeCheckpoint,
  encodeCheckpoint,
  positionIn,
} from '../checkpoint.js';
import {
  type CsvKind,
  csvHead,
  formatMetrics,
  formatPredictions,
  gradientsHead,
  gradientsLine,
  metricsColumns,
  metricsLine,
  stepsColumns,
  stepsLine,
} from '../csv.js';
import { formatRunRecord, parseRunRecord } from '../json.js';
import type { MetricsRow, PredictionRow, RunRecord } from '../records.js';
import { type SafetensorsFile, writeSafetensors } from '../safetensors.js';
import { appendWhole, fileError, flushFile, readText, writeWhole } from './files.js';

export type { Checkpoint } from '../checkpoint.js';

/** Files that grow by lines and are cut back to the checkpoint. */
const appended: readonly CsvKind[] = ['metrics', 'steps', 'gradients'];

/** Writer of runs/<id>/. One at a time: the caller holds the lock. */
export class RunFiles {
  readonly directory: string;

  /** @throws a request error where the directory cannot be made */
  constructor(directory: string) {
    this.directory = directory;
    try {
      mkdirSync(join(directory, 'control'), { recursive: true });
    } catch (error) {
      throw fileError(error, 'the directory of a run cannot be made', directory);
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** run.json; `null` where there is none. */
  readRecord(): RunRecord | null {
    return readRunRecord(this.path('run.json'));
  }

  writeRecord(record: RunRecord): void {
    writeWhole(this.path('run.json'), formatRunRecord(record));
  }

  /** Adds a line to log.txt, with the time. A line that a killed process left torn is ended first. */
  log(text: string): void {
    const path = this.path('log.txt');
    const torn = endsTorn(path) ? '\n' : '';
    const line = `${torn}${new Date().toISOString()} ${text.replaceAll('\n', '\n  ')}\n`;
    appendWhole(path, line, '# ceteris log 1\n');
  }

  appendMetrics(row: MetricsRow): void {
    appendWhole(this.path('metrics.csv'), metricsLine(row), csvHead('metrics', metricsColumns));
  }

  /** The whole file, in place of the one that is there: what another writer's file holds by now. */
  writeMetrics(rows: readonly MetricsRow[]): void {
    writeWhole(this.path('metrics.csv'), formatMetrics(rows));
  }

  appendGradients(epoch: number, norms: Readonly<Record<string, number>>): void {
    const head = gradientsHead(Object.keys(norms));
    appendWhole(this.path('gradients.csv'), gradientsLine({ epoch, norms }), head);
  }

  appendSteps(epoch: number, steps: readonly number[], losses: readonly number[]): void {
    const lines = steps.map((step, i) => stepsLine({ epoch, step, loss: losses[i] })).join('');
    appendWhole(this.path('steps.csv'), lines, csvHead('steps', stepsColumns));
  }

  writePredictions(rows: readonly PredictionRow[]): void {
    writeWhole(this.path('predictions.csv'), formatPredictions(rows));
  }

  writeWeights(file: SafetensorsFile): void {
    writeWhole(this.path('weights.safetensors'), writeSafetensors(file));
  }

  /** Flushes the CSVs, then replaces the checkpoint as a whole. Where that fails the old one stays. */
  writeCheckpoint({ state, position }: Checkpoint): void {
    const sizes: Record<string, number> = {};
    for (const kind of appended) {
      const path = this.path(`${kind}.csv`);
      if (existsSync(path)) sizes[kind] = flushFile(path);
    }
    writeWhole(this.path('checkpoint.safetensors'), encodeCheckpoint({ state, position, sizes }, sha256));
  }

  /**
   * The checkpoint, after cutting every CSV back to its position; `null` where there is none.
   * @throws a work error where it is damaged, or where a CSV is shorter than it was at the checkpoint
   */
  resume(): Checkpoint | null {
    this.#removeAsides();
    const path = this.path('checkpoint.safetensors');
    if (!existsSync(path)) return null;
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      throw fileError(error, 'the checkpoint cannot be read', path);
    }
    const { state, position, sizes } = decodeCheckpoint(bytes, path, sha256);
    this.#cutBack(sizes);
    return { state, position };
  }

  /** Removes what an earlier attempt left, for a run that starts again. */
  clear(): void {
    for (const kind of [...appended, 'predictions']) rmSync(this.path(`${kind}.csv`), { force: true });
    for (const name of ['checkpoint', 'weights']) rmSync(this.path(`${name}.safetensors`), { force: true });
  }

  /** Takes the request of another process to stop, if there is one. */
  takeStop(): boolean {
    const path = join(this.directory, 'control', 'stop');
    if (!existsSync(path)) return false;
    rmSync(path, { force: true });
    return true;
  }

  /** What a process that was killed while writing a file has left beside it. */
  #removeAsides(): void {
    for (const name of readdirSync(this.directory)) {
      if (/^\..+\.\d+\.\d+\.tmp$/.test(name)) rmSync(this.path(name), { force: true });
    }
  }

  #cutBack(sizes: Readonly<Record<string, number>>): void {
    // All are looked at before one is cut: a refusal leaves everything as it was.
    for (const kind of appended) {
      const path = this.path(`${kind}.csv`);
      const size = existsSync(path) ? statSync(path).size : 0;
      if (size >= (sizes[kind] ?? 0)) continue;
      throw workError({
        what: 'a record is shorter than it was at the checkpoint',
        where: path,
        rule: `at least ${sizes[kind]} bytes`,
        value: `${size} bytes`,
        advice: 'restore the file, or delete checkpoint.safetensors beside it: the run then starts again',
      });
    }
    for (const kind of appended) {
      const path = this.path(`${kind}.csv`);
      if (!existsSync(path)) continue;
      if (sizes[kind] === undefined) rmSync(path);
      else truncateSync(path, sizes[kind]);
    }
  }
}

/**
 * The position of a run's checkpoint, read without its tensors and without a change to any file; `null` where there is
 * no checkpoint, or none that can be read (`resume` says then what is wrong with it).
 */
export function peekPosition(runDirectory: string): unknown {
  const path = join(runDirectory, 'checkpoint.safetensors');
  if (!existsSync(path)) return null;
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const length = Buffer.alloc(8);
    readSync(file, length, 0, 8, 0);
    const header = Buffer.alloc(Math.min(Number(length.readBigUInt64LE()), fstatSync(file).size));
    readSync(file, header, 0, header.length, 8);
    const described = JSON.parse(header.toString('utf8')) as { __metadata__?: Record<string, string> };
    return positionIn(described.__metadata__ ?? {});
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Whether a file ends in the middle of a line. */
function endsTorn(path: string): boolean {
  if (!existsSync(path)) return false;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  } finally {
    closeSync(file);
  }
}

const sha256: Digest = (pieces) => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};

/**
 * run.json; `null` where there is none.
 * @throws a work error where it is damaged or newer
 */
export function readRunRecord(path: string): RunRecord | null {
  const text = readText(path);
  return text === null ? null : parseRunRecord(text, path);
}
