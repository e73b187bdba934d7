/** Rules that concern several keys of a study at once. */
import { CeterisError } from '../base/errors.js';
import { activationsFor } from '../nn/activations.js';
import { buildNetwork } from '../nn/build.js';
import type { Network } from '../nn/network.js';
import { parametersOf } from '../nn/parameters.js';
import { baselineKeys } from './configuration.js';
import { expandTrials } from './design.js';
import { isTestMetric, metricOf } from './metrics.js';
import { nearestOf, type Problem, valueText } from './problems.js';
import { commandProblems } from './trainer.js';
import type { DatasetConfiguration, ResolvedStudy, RunConfiguration } from './types.js';

/** What is wrong with a study whose every key is possible by itself. */
export function crossChecks(study: ResolvedStudy): Problem[] {
  if (study.trainer !== 'engine') {
    return [
      ...metricProblems(study),
      ...interactionProblems(study),
      ...selectionProblems(study),
      ...commandTrialProblems(study),
    ];
  }
  return [
    ...metricProblems(study),
    ...interactionProblems(study),
    ...selectionProblems(study),
    ...trialProblems(study),
    ...tensorProblems(study),
  ];
}

/** What the test split must not be used for. */
export const testRule =
  'selection and verdicts see validation data only; test results stand in a table of their own';

function metricProblems({ metric: { name } }: ResolvedStudy): Problem[] {
  return isTestMetric(name) ? [judgedByTest(name)] : [];
}

function judgedByTest(name: string): Problem {
  return {
    path: 'metric.name',
    what: 'a study is not judged by its test results',
    rule: testRule,
    value: name,
    nearest: name.replace('test', 'valid'),
  };
}

/** A test metric is none of those that may be chosen: which is told with its reason. */
export function testMetricProblem(problem: Problem): Problem {
  const [, part = '', name = ''] =
    /^(metric|selection\.metric)(?:\.name)? "(test(?:Loss|Accuracy))"$/.exec(
      `${problem.path} ${problem.value}`,
    ) ?? [];
  if (name === '') return problem;
  return part === 'metric' ? judgedByTest(name) : tunedByOther(`${part}.name`, name);
}

function interactionProblems(study: ResolvedStudy): Problem[] {
  const scientific = study.factors
    .filter((factor) => factor.role === 'scientific')
    .map((factor) => factor.path);
  const problems: Problem[] = [];
  for (const [i, pair] of study.interactions.entries()) {
    for (const path of pair) {
      if (scientific.includes(path)) continue;
      const nearest = nearestOf(path, scientific);
      problems.push({
        path: `interactions.${i}`,
        what: 'this is no scientific factor of the study',
        rule: scientific.length === 0 ? 'a study with factors' : `one of ${scientific.join(', ')}`,
        value: path,
        ...(nearest === undefined ? {} : { nearest }),
      });
    }
    if (pair[0] === pair[1]) {
      problems.push({
        path: `interactions.${i}`,
        what: 'a factor has no interaction with itself',
        rule: 'two factors',
        value: valueText(pair),
      });
    }
  }
  if (study.method.name === 'one-factor' && study.interactions.length > 0 && study.trials.length === 0) {
    problems.push({
      path: 'interactions',
      what: 'a one-factor study cannot show an interaction',
      rule: 'method: grid, or trials that combine the levels',
      value: valueText(study.interactions),
    });
  }
  return problems;
}

/** Selection over nuisance factors sees validation data only, and its seeds are not those that carry verdicts. */
function selectionProblems({ selection, metric, seeds, trainer }: ResolvedStudy): Problem[] {
  if (selection === null) return [];
  const problems: Problem[] = [];
  const { name } = selection.metric;
  const { split } = metricOf(name);
  const isTold = name === metric.name && split === 'test';
  // A metric of a command's own need not say what it is measured on.
  const isOwn = trainer !== 'engine' && split === null;
  if (split !== 'valid' && !isTold && !isOwn) {
    problems.push(tunedByOther(metric.name === name ? 'metric.name' : 'selection.metric.name', name));
  }
  const shared = selection.seeds.filter(({ label }) => seeds.some((seed) => seed.label === label));
  if (shared.length > 0) {
    problems.push({
      path: 'selection.seeds',
      what: 'the search shares seeds with the study, whose runs must be fresh',
      rule: `none of ${seeds.map(({ label }) => label).join(', ')}`,
      value: shared.map(({ label }) => label).join(', '),
    });
  }
  return problems;
}

/** Nuisance factors that would be tuned by another split than that of validation. */
function tunedByOther(path: string, name: string): Problem {
  const { split, unit } = metricOf(name);
  return {
    path,
    what: `nuisance factors are tuned by the metric, and tuning must not see the ${split === 'test' ? 'test' : 'training'} split`,
    rule: 'validAccuracy or validLoss, as selection: { metric: validAccuracy }',
    value: name,
    nearest: unit === 'loss' ? 'validLoss' : 'validAccuracy',
  };
}

/** A command's placeholders, of every trial that there may be. */
function commandTrialProblems(study: ResolvedStudy): Problem[] {
  try {
    return commandProblems(study, expandTrials(study));
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    const { what, where = 'factors', rule = '', value = null } = error.details;
    return [{ path: where, what, rule, value }];
  }
}

/** Networks that cannot be built, blocks that they do not have; each message once. */
function trialProblems(study: ResolvedStudy): Problem[] {
  const found = new Map<string, Problem>();
  const tell = (error: unknown, trial: string) => {
    if (!(error instanceof CeterisError)) throw error;
    const { what, where = 'factors', rule = '', value = null } = error.details;
    const path = placeOf(where, study);
    const problem = { path, what: trial === '' ? what : `${what} (trial ${trial})`, rule, value };
    if (!found.has(`${what} ${value}`)) found.set(`${what} ${value}`, problem);
  };
  const attempt = (run: () => void, trial: string) => {
    try {
      run();
    } catch (error) {
      tell(error, trial);
    }
  };
  attempt(() => {
    for (const { configuration, name } of expandTrials(study)) {
      attempt(() => activationsFor(networkOf(configuration), configuration.activation), name);
    }
  }, '');
  return [...found.values()];
}

/** Where the file has a key of the configuration: among the factors, in the baseline, or by itself. */
function placeOf(path: string, { factors }: ResolvedStudy): string {
  const factor = factors.find((one) => path === one.path || path.startsWith(`${one.path}.`));
  if (factor !== undefined) return `factors.${factor.path}`;
  return Object.hasOwn(baselineKeys, path.split('.')[0]) ? `baseline.${path}` : path;
}

/** The network of a configuration; datasets have images of 32 x 32 RGB. */
function networkOf(configuration: RunConfiguration): Network {
  const ends = { height: 32, width: 32, channels: 3, classes: classesOf(configuration.dataset) };
  return buildNetwork(configuration.network, ends);
}

/** How many classes the images of a dataset have. */
export function classesOf(dataset: DatasetConfiguration): number {
  if (dataset.name === 'cifar10') return 10;
  if (dataset.name === 'cifar100') return dataset.labels === 'coarse' ? 20 : 100;
  return dataset.classes ?? 10;
}

function tensorProblems(study: ResolvedStudy): Problem[] {
  const { gradientNorms } = study.report;
  if (gradientNorms.length === 0) return [];
  let names: string[];
  try {
    names = parametersOf(networkOf(study.baseline)).map((parameter) => parameter.name);
  } catch {
    return []; // The network itself is wrong, and told.
  }
  return gradientNorms.flatMap((name, i): Problem[] => {
    if (names.includes(name)) return [];
    const nearest = nearestOf(name, names);
    return [
      {
        path: `report.gradientNorms.${i}`,
        what: 'the network has no such parameter tensor',
        rule: `a tensor as ${names[0]}`,
        value: name,
        ...(nearest === undefined ? {} : { nearest }),
      },
    ];
  });
}
