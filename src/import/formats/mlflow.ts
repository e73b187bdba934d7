/** MLflow's file store: a folder a run, with a file for each metric (`timestamp value step`), parameter and tag. */

import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';
import { folderOf, type SourceFile } from '../files/source.js';
import { wholeText } from '../files/text.js';
import { typedLevel } from '../levels/template.js';
import type { Cell, Format, FormatOptions, Log, Row } from './format.js';
import { ColumnIndex, tableOf } from './records.js';

const INSIDE = /^(.*(?:^|\/)[0-9a-f]{32})\/(metrics|params|tags)\/(.+)$/;

export const mlflow: Format = {
  name: 'mlflow',
  title: "MLflow's file store",
  recognise: (path) => INSIDE.test(path),
  together: (path) => INSIDE.exec(path)?.[1] ?? path,
  open: async (files, options) => [await runLog(files, options)],
};

async function runLog(files: readonly SourceFile[], options: FormatOptions): Promise<Log> {
  const values: Record<string, LevelValue> = {};
  const index = new ColumnIndex();
  index.place('step');
  const steps = new Map<number, [string, Cell][]>();
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
      for (const [step, value] of await points(file, options))
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

/** Value by step; a later line of one step replaces an earlier one, and that is said. */
async function points(file: SourceFile, options: FormatOptions): Promise<Map<number, string>> {
  const text = await wholeText(file);
  const found = new Map<number, string>();
  let replaced = 0;
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const [, value, step = '0'] = line.trim().split(/\s+/);
    const at = Number(step);
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
