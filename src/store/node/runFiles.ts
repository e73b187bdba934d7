/** The files of one run: appended records, checkpoints, weights. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { workError } from '../../base/errors.js';
import { type CsvKind, csvHead, csvLine, metricsColumns, metricsLine } from '../csv.js';
import type { MetricsRow, RunRecord } from '../records.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../safetensors.js';
import type { StoredState } from '../weights.js';
import { fileError, writeAll, writeWhole } from './files.js';

const appended: readonly CsvKind[] = ['metrics', 'steps', 'gradients'];

/** What resuming needs. `position` is the training loop's own, as JSON. */
export interface Checkpoint {
  readonly state: StoredState;
  readonly position: unknown;
}

/** Writer of runs/<id>/. One at a time: the caller holds the lock. */
export class RunFiles {
  readonly directory: string;

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
    writeWhole(this.path('run.json'), `${JSON.stringify(record, null, 2)}\n`);
  }

  log(text: string): void {
    this.#append('log.txt', `${new Date().toISOString()} ${text}\n`, '');
  }

  appendMetrics(row: MetricsRow): void {
    this.#append('metrics.csv', metricsLine(row), csvHead('metrics', metricsColumns));
  }

  appendGradients(epoch: number, norms: Readonly<Record<string, number>>): void {
    const head = csvHead('gradients', ['epoch', ...Object.keys(norms)]);
    this.#append('gradients.csv', csvLine([epoch, ...Object.values(norms)]), head);
  }

  appendSteps(epoch: number, steps: readonly number[], losses: readonly number[]): void {
    const lines = steps.map((step, i) => csvLine([epoch, step, losses[i]])).join('');
    this.#append('steps.csv', lines, csvHead('steps', ['epoch', 'step', 'loss']));
  }

  writePredictions(rows: readonly (readonly (string | number)[])[]): void {
    const head = csvHead('predictions', ['split', 'index', 'label', 'predicted', 'loss']);
    writeWhole(this.path('predictions.csv'), head + rows.map(csvLine).join(''));
  }

  writeWeights(file: { tensors: ReadonlyMap<string, Tensor>; metadata: Record<string, string> }): void {
    writeWhole(this.path('weights.safetensors'), writeSafetensors(file));
  }

  /** Flushes the CSVs, then writes the checkpoint with their sizes. */
  writeCheckpoint({ state, position }: Checkpoint): void {
    const sizes: Record<string, number> = {};
    for (const kind of appended) {
      const path = this.path(`${kind}.csv`);
      if (!existsSync(path)) continue;
      flush(path);
      sizes[kind] = statSync(path).size;
    }
    const tensors = new Map<string, Tensor>();
    for (const part of ['parameters', 'statistics', 'optimizer'] as const) {
      for (const [name, values] of state[part])
        tensors.set(`${part}/${name}`, { shape: [values.length], values });
    }
    const metadata = {
      format: 'ceteris checkpoint',
      version: '1',
      steps: String(state.steps),
      position: JSON.stringify(position),
      sizes: JSON.stringify(sizes),
      sha256: digest(tensors),
    };
    writeWhole(this.path('checkpoint.safetensors'), writeSafetensors({ tensors, metadata }));
  }

  /**
   * The checkpoint, after cutting every CSV back to its position; `null` where there is none.
   * @throws a work error where it is damaged
   */
  resume(): Checkpoint | null {
    const path = this.path('checkpoint.safetensors');
    if (!existsSync(path)) return null;
    const { tensors, metadata } = readSafetensors(readFileSync(path), path);
    if (metadata.sha256 !== digest(tensors)) {
      throw workError({
        what: 'a checkpoint is damaged',
        where: path,
        rule: 'its checksum fits its contents',
        advice: 'delete this file: the run then starts again from the beginning',
      });
    }
    if (Number(metadata.version) > 1) {
      throw workError({
        what: 'this checkpoint is of a newer version of ceteris',
        where: path,
        advice: 'update ceteris',
      });
    }
    this.#cutBack(JSON.parse(metadata.sizes) as Record<string, number>);
    const part = (name: string) =>
      new Map(
        [...tensors]
          .filter(([key]) => key.startsWith(`${name}/`))
          .map(([key, { values }]) => [key.slice(name.length + 1), values as Float32Array]),
      );
    const state = {
      parameters: part('parameters'),
      statistics: part('statistics'),
      optimizer: part('optimizer'),
      steps: Number(metadata.steps),
    };
    return { state, position: JSON.parse(metadata.position) };
  }

  /** Removes what an earlier attempt left, for a run that starts again. */
  clear(): void {
    for (const kind of appended) rmSync(this.path(`${kind}.csv`), { force: true });
    rmSync(this.path('checkpoint.safetensors'), { force: true });
  }

  /** Takes a request (`stop`, `cancel`) of another process, if there is one. */
  takeRequest(name: 'stop' | 'cancel'): boolean {
    const path = join(this.directory, 'control', name);
    if (!existsSync(path)) return false;
    rmSync(path, { force: true });
    return true;
  }

  #cutBack(sizes: Readonly<Record<string, number>>): void {
    for (const kind of appended) {
      const path = this.path(`${kind}.csv`);
      if (!existsSync(path)) continue;
      if (sizes[kind] === undefined) rmSync(path);
      else truncateSync(path, sizes[kind]);
    }
  }

  #append(name: string, text: string, head: string): void {
    const path = this.path(name);
    try {
      if (head !== '' && !existsSync(path)) appendFileSync(path, head);
      appendFileSync(path, text);
    } catch (error) {
      throw fileError(error, 'a record could not be written', path);
    }
  }
}

function flush(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeAll(file, '');
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function digest(tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash('sha256');
  for (const [name, { values }] of tensors) {
    hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/** @throws a work error where run.json is damaged or newer */
export function readRunRecord(path: string): RunRecord | null {
  if (!existsSync(path)) return null;
  let record: RunRecord;
  try {
    record = JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  } catch (error) {
    throw workError({ what: 'the record of a run is damaged', where: path, rule: 'JSON', cause: error });
  }
  if (record.formatVersion > 1) {
    throw workError({
      what: 'this run is of a newer version of ceteris',
      where: path,
      advice: 'update ceteris',
    });
  }
  return record;
}
