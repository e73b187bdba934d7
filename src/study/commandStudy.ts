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
