/** What is particular to a study file whose runs a command trains. */
import { configurationSchema, resolvedConfiguration } from './configuration.js';
import { tellsGoal } from './metrics.js';
import { isPlainObject, type PlainObject } from './paths.js';
import { ownNames } from './placeholders.js';
import { type Problem, valueText } from './problems.js';
import type { StudyFile } from './schema.js';
import { commandSchema } from './trainer.js';
import type { CommandConfiguration, RunConfiguration } from './types.js';

/** Stand where the engine's keys are: nothing reads them. One epoch, so that a run that has ended is long enough. */
const unread = resolvedConfiguration(
  configurationSchema.parse({ dataset: { name: 'synthetic' }, training: { epochs: 1 } }),
);

/** The baseline as the file has it; `null` where the command or the values cannot be read. */
export function commandBaseline(data: PlainObject): RunConfiguration | null {
  const trainer = commandSchema.safeParse(data.trainer);
  const { baseline = {} } = data;
  if (!trainer.success || !isPlainObject(baseline)) return null;
  const values = structuredClone(baseline) as CommandConfiguration['values'];
  return { ...unread, command: { command: trainer.data.command, values } };
}

/** Names that a command's own placeholders have, and parts of a file that only the engine reads. */
export function commandNameProblems(data: PlainObject): Problem[] {
  const names = ['baseline', 'factors'].flatMap((part) => {
    const map = data[part];
    return isPlainObject(map) ? Object.keys(map).map((name) => ({ name, path: `${part}.${name}` })) : [];
  });
  return names
    .filter(({ name }) => name === '' || ownNames.some((own) => own === name))
    .map(({ name, path }) => ({
      path,
      what: `the name ${name === '' ? '(none)' : name} stands for something else in a command`,
      rule: `another name than ${ownNames.join(', ')}`,
      value: valueText(name),
      ...(name === 'seed'
        ? { advice: 'seeds are declared by seeds: [0, 1, 2], and reach the command by {seed}' }
        : {}),
    }));
}

/** Numbers that an argument cannot carry: JSON has none for them, and `null` would reach the command. */
export function commandValueProblems(data: PlainObject): Problem[] {
  return ['baseline', 'factors', 'trials'].flatMap((part) => strangeNumbers(data[part], part));
}

function strangeNumbers(value: unknown, path: string): Problem[] {
  if (Array.isArray(value)) return value.flatMap((one, i) => strangeNumbers(one, `${path}.${i}`));
  if (isPlainObject(value))
    return Object.entries(value).flatMap(([name, one]) => strangeNumbers(one, `${path}.${name}`));
  if (typeof value !== 'number' || Number.isFinite(value)) return [];
  return [
    {
      path,
      what: 'this number cannot be passed to a command',
      rule: 'a finite number, or the text that the command is to get',
      value: String(value),
      advice: `write it in quotes, as the command reads it: '${Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'}'`,
    },
  ];
}

/** `{lr}` without quotes is a map to YAML. */
export function unquotedPlaceholder(problem: Problem): Problem {
  const name = /^\{"([^"]+)":null\}$/.exec(problem.value ?? '')?.[1];
  if (name === undefined || !/^trainer\.(command|resume|record)/.test(problem.path)) return problem;
  return {
    ...problem,
    value: `{${name}}`,
    advice: `YAML reads braces as a map: write '{${name}}', in quotes`,
  };
}

/** `trainer:` is neither the engine nor a map with a command. */
export function trainerProblem({ trainer }: PlainObject): Problem | null {
  if (trainer === undefined || trainer === null || trainer === 'engine' || isPlainObject(trainer))
    return null;
  return {
    path: 'trainer',
    what: 'this is no trainer',
    rule: 'engine, or a map with a command: { command: [python3, train.py, --lr, "{learningRate}"] }',
    value: valueText(trainer),
    ...(Array.isArray(trainer) ? { advice: 'write the list as trainer.command' } : {}),
  };
}

/** Which way is better is not told by every name. */
export function metricGoalProblems(metric: StudyFile['metric']): Problem[] {
  const { name, goal } = typeof metric === 'string' ? { name: metric, goal: undefined } : metric;
  if (goal !== undefined || tellsGoal(name)) return [];
  return [
    {
      path: 'metric.goal',
      what: `whether more or less of ${name} is better is not told`,
      rule: `metric: { name: ${name}, goal: maximize } or minimize`,
      value: null,
    },
  ];
}
