/** MLflow's file store: a folder a run, with a file for each metric (`timestamp value step`), parameter and tag. */

import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';
import { folderOf, type SourceFile } from '../files/source.js';
import { wholeText } from '../files/text.js';
import { typedLevel } from '../levels/template.js';
import type { Cell, Format, FormatOptions, Log, Row } from './format.js';
import { ColumnIndex, tableOf } from './records.js';

const INSIDE = /^(.*(?:^|\/)[0-9a-f]{32})\/(?:(metrics|params|tags)\/(.+)|(meta)\.yaml)$/;
/** Of `status` in meta.yaml: what is no end of a run. */
const STATES: Readonly<Record<string, string>> = {
  1: 'running',
  RUNNING: 'running',
  4: 'failed',
  FAILED: 'failed',
  5: 'killed',
  KILLED: 'killed',
};

export const mlflow: Format = {
  name: 'mlflow',
  title: "MLflow's file store",
  recognise: (path) => INSIDE.test(path),
  together: (path) => INSIDE.exec(path)?.[1] ?? path,
  async open(files, options) {
    const folder = INSIDE.exec(files[0]!.path)![1]!;
    const meta = await metaOf(files);
    if (meta.lifecycle_stage === 'deleted') {
      options.note(`${folder}: a run that was deleted in MLflow; it was left out`);
      return [];
    }
    const logs = files.filter(({ path }) => !META.test(path));
    if (logs.length === 0) return [];
    const state = STATES[String(meta.status)];
    if (state !== undefined) options.note(`${folder}: MLflow says that this run is ${state}`);
    return [await runLog(logs, options)];
  },
};

const META = /\/meta\.yaml$/;

/** What MLflow says of a run: plain lines `name: value`. */
async function metaOf(files: readonly SourceFile[]): Promise<Readonly<Record<string, string>>> {
  const file = files.find(({ path }) => META.test(path));
  if (file === undefined) return {};
  const lines = (await wholeText(file)).split('\n').map((line) => /^(\w+): *(.*?) *$/.exec(line));
  return Object.fromEntries(lines.flatMap((match) => (match === null ? [] : [[match[1]!, match[2]!]])));
}

async function runLog(files: readonly SourceFile[], options: FormatOptions): Promise<Log> {
  const values: Record<string, LevelValue> = {};
  const index = new ColumnIndex();
  index.place('step');
  const steps = new Map<number, [string, Cell][]>();
  const isStepless = await hasNoSteps(files, options);
  let name: string | null = null;
  const used: SourceFile[] = [];
  for (const file of files) {
    const [, , kind, key] = INSIDE.exec(file.path)!;
    if (kind === 'tags') {
      if (key === 'mlflow.runName') name = (await wholeText(file)).trim();
      continue;
    }
    used.push(file);
    if (kind === 'params') values[key!] = typedLevel(key!, (await wholeText(file)).trim());
    else
      for (const [step, value] of await points(file, options, isStepless && !isOfSystem(key!)))
        steps.set(step, [...(steps.get(step) ?? []), [key!, value]]);
  }
  const rows: Row[] = [...steps.keys()]
    .sort((a, b) => a - b)
    .map((step) => index.row(step, [['step', step], ...steps.get(step)!]));
  const folder = INSIDE.exec(files[0]!.path)![1]!;
  return {
    name: name === null ? folder : `${folderOf(folder)}/${name}`.replace(/^\//, ''),
    format: 'mlflow',
    files: used,
    table: tableOf(index.names, rows, 'step'),
    hyperparameters:
      Object.keys(values).length === 0 ? [] : [{ from: `the parameters of ${folder}`, values }],
    form: {},
  };
}

/** What MLflow samples by itself, with steps of its own: nothing of how the training was logged. */
const isOfSystem = (metric: string) => metric.startsWith('system/');

/**
 * Whether a run was logged without steps: MLflow then writes 0 at every value, and what tells the order is the time.
 * @throws a request error where its metrics have different numbers of values, so that nothing tells which belong together
 */
async function hasNoSteps(files: readonly SourceFile[], options: FormatOptions): Promise<boolean> {
  const counts = new Map<number, string>();
  for (const file of files) {
    const [, , kind, key = ''] = INSIDE.exec(file.path)!;
    if (kind !== 'metrics' || isOfSystem(key)) continue;
    const lines = (await wholeText(file)).split('\n').filter((line) => line.trim() !== '');
    if (lines.some((line) => Number(line.trim().split(/\s+/)[2] ?? 0) !== 0)) return false;
    if (lines.length > 1) counts.set(lines.length, file.path);
  }
  if (counts.size === 0) return false;
  if (counts.size > 1) {
    throw requestError({
      what: 'metrics of a run were logged without steps, and in different numbers',
      where: [...counts.values()].slice(0, 2).join(' and '),
      rule: 'a step with each value (log_metric(name, value, step=epoch)), or as many values of each metric',
      value: [...counts.keys()].slice(0, 2).join(' and '),
      advice: 'leave one of the files out: --leave-out',
    });
  }
  options.note(
    `${INSIDE.exec(files[0]!.path)![1]!}: logged without steps (each value at step 0); they are counted in the order in which they were written`,
  );
  return true;
}

/** Value by step; a later line of one step replaces an earlier one, and that is said. */
async function points(
  file: SourceFile,
  options: FormatOptions,
  isStepless: boolean,
): Promise<Map<number, string>> {
  const text = await wholeText(file);
  const found = new Map<number, string>();
  let replaced = 0;
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const [, value, step = '0'] = line.trim().split(/\s+/);
    const at = isStepless ? found.size : Number(step);
    if (value === undefined || !Number.isInteger(at)) {
      if (i === lines.length - 1) {
        options.note(`${file.path}, line ${i + 1}: the last line is cut in its middle; it was left out`);
        continue;
      }
      throw requestError({
        what: 'a line is no measurement of MLflow',
        where: `${file.path}, line ${i + 1}`,
        rule: 'timestamp, value, step',
        value: line.slice(0, 80),
      });
    }
    if (found.has(at) && found.get(at) !== value) replaced += 1;
    found.set(at, value);
  }
  if (replaced > 0)
    options.note(
      `${file.path}: ${replaced} values stand at a step that has one already; the later one was read`,
    );
  return found;
}
