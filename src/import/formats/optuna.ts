/** Optuna's storage: one run a trial, its curve the values that it reported, its levels the parameters. */

import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';
import { type SourceFile, withoutEnding } from '../files/source.js';
import type { FormatOptions, Hyperparameters, Log } from './format.js';
import { ColumnIndex, tableOf } from './records.js';
import type { Records, Tables } from './tables.js';

/** The name that Optuna gives to what a trial reports: not which metric it is. */
const VALUE = 'intermediate_value';

export function optunaLogs(source: SourceFile, tables: Tables, options: FormatOptions): Log[] {
  const studies = tables.all('SELECT study_id, study_name FROM studies ORDER BY study_id');
  if (studies.length > 1) {
    options.note(
      `${source.path}: ${studies.length} studies (${studies.map(({ study_name }) => study_name).join(', ')}); each is a level`,
    );
  }
  const trials = tables.all(
    'SELECT t.trial_id, t.number, t.state, s.study_name FROM trials t JOIN studies s ON s.study_id = t.study_id ORDER BY t.trial_id',
  );
  const ended = trials.filter(({ state }) => state === 'COMPLETE' || state === 'PRUNED');
  const others = trials.length - ended.length;
  if (others > 0) options.note(`${source.path}: ${others} trials that failed or are under way were left out`);
  const pruned = ended.filter(({ state }) => state === 'PRUNED').length;
  if (pruned > 0) options.note(`${source.path}: ${pruned} trials were pruned`);
  const names = new Map(
    ended.map(({ trial_id, number, study_name }) => [
      trial_id,
      studies.length > 1 ? `${study_name}-${number}` : `trial-${number}`,
    ]),
  );
  const index = new ColumnIndex();
  for (const name of ['trial', 'step', VALUE]) index.place(name);
  const values = valuesOf(source, tables);
  const rows = values.flatMap(({ trial_id, step, value }, i) => {
    const name = names.get(trial_id!);
    return name === undefined
      ? []
      : [
          index.row(i + 1, [
            ['trial', name],
            ['step', Number(step)],
            [VALUE, value as number | null],
          ]),
        ];
  });
  const hyperparameters = new Map(
    ended.map((trial) => [
      names.get(trial.trial_id!)!,
      parametersOf(source, tables, trial, studies.length > 1),
    ]),
  );
  const name = withoutEnding(source.path);
  return [
    {
      name,
      format: 'optuna',
      files: [source],
      table: tableOf(index.names, rows, 'value'),
      hyperparameters: [],
      parts: { column: 'trial', hyperparameters },
      form: {},
    },
  ];
}

/** What trials reported; where none reported anything, their results as one value each. */
function valuesOf(source: SourceFile, tables: Tables): Records {
  const hasType = tables.has('trial_intermediate_values', 'intermediate_value_type');
  const type = hasType ? ', intermediate_value_type AS kind' : '';
  const reported = tables.has('trial_intermediate_values', 'step')
    ? tables.all(
        `SELECT trial_id, step, intermediate_value AS value${type} FROM trial_intermediate_values ORDER BY trial_id, step`,
      )
    : [];
  if (reported.length > 0)
    return reported.map((row) => ({ ...row, value: specialValue(row.kind, row.value!) }));
  const results = tables.all(
    'SELECT trial_id, 1 AS step, value FROM trial_values WHERE objective = 0 ORDER BY trial_id',
  );
  if (results.length > 0) return results;
  throw requestError({ what: 'no trial of a study has a value', where: source.path });
}

/** Infinities and NaN are written by their type. */
function specialValue(kind: unknown, value: Records[number][string]): Records[number][string] {
  const special: Record<string, string> = { INF_POS: 'inf', INF_NEG: '-inf', NAN: 'nan' };
  return special[String(kind)] ?? value;
}

function parametersOf(
  source: SourceFile,
  tables: Tables,
  trial: Records[number],
  several: boolean,
): Hyperparameters {
  const id = Number(trial.trial_id);
  const rows = tables.all(
    `SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ${id}`,
  );
  const values: Record<string, LevelValue> = several ? { study: String(trial.study_name) } : {};
  for (const { param_name, param_value, distribution_json } of rows) {
    values[String(param_name)] = chosen(Number(param_value), String(distribution_json));
  }
  return { from: `${source.path}, trial ${trial.number}`, values };
}

/** A categorical parameter is kept as the index of its choice. */
function chosen(value: number, distribution: string): LevelValue {
  const { attributes } = JSON.parse(distribution) as { attributes?: { choices?: LevelValue[] } };
  return attributes?.choices?.[value] ?? value;
}
