/** The usual names of hyperparameters -> the keys of a study file, where there are such keys. */

import { configurationSchema, resolvedConfiguration } from '../../study/configuration.js';
import { checkFactorPath } from '../../study/factors.js';
import { withLevels } from '../../study/levels.js';
import type { LevelValue } from '../../study/types.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  learningRate: [
    'lr',
    'learningrate',
    'lr0',
    'baselr',
    'initlr',
    'initiallr',
    'initiallearningrate',
    'maxlr',
    'eta',
  ],
  weightDecay: ['wd', 'weightdecay', 'l2', 'decay'],
  schedule: ['schedule', 'scheduler', 'lrschedule', 'lrscheduler', 'lrschedulertype', 'sched'],
  activation: ['activation', 'act', 'activationfunction', 'nonlinearity'],
  'training.batchSize': ['batchsize', 'bs', 'batch', 'trainbatchsize', 'perdevicetrainbatchsize'],
  'training.optimizer': ['optimizer', 'optim', 'opt', 'optimizername'],
  'training.optimizer.momentum': ['momentum'],
  'training.epochs': ['epochs', 'numepochs', 'maxepochs', 'numtrainepochs', 'nepochs'],
  seed: [
    'seed',
    'randomseed',
    'rngseed',
    'randomstate',
    'manualseed',
    'globalseed',
    'torchseed',
    'pytorchseed',
  ],
};
const OTHERS = [
  'dropout',
  'momentum',
  'warmup',
  'labelsmoothing',
  'width',
  'depth',
  'hidden',
  'layers',
  'augment',
  'model',
  'arch',
  'architecture',
  'backbone',
  'network',
  'dataset',
  'gamma',
  'beta',
  'alpha',
  'clip',
  'initialization',
  'init',
  'normalization',
  'pretrained',
  'freeze',
];

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The last part of a nested key: `lr` of `optimizer.lr` and `train/lr`. */
function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('/')) + 1);
}

/** The key of a study file (or `seed`) that a name means, the name itself for other usual ones, else `null`. */
export function hyperparameterOf(name: string): string | null {
  const whole = plain(name);
  const found =
    Object.entries(NAMES).find(([path, names]) => plain(path) === whole || names.includes(whole)) ??
    Object.entries(NAMES).find(([, names]) => names.includes(plain(lastPart(name))));
  if (found !== undefined) return found[0];
  return OTHERS.includes(whole) ? name : null;
}

/** Whether a name is the key itself or its first short name: `weight_decay` and `lr`, not `decay` and `eta`. */
export function isUsualName(path: string, name: string): boolean {
  return plain(name) === plain(path) || NAMES[path]?.[0] === plain(name);
}

/** The key of a study file that a name means; any other name stays as it is. */
export function levelPath(name: string): string {
  if (checkFactorPath(name, name) === null) return name;
  return hyperparameterOf(name) ?? name;
}

const base = resolvedConfiguration(
  configurationSchema.parse({ dataset: { name: 'cifar100' }, network: { name: 'mobilenet' }, training: {} }),
);

const SCHEDULES: Readonly<Record<string, string>> = {
  cosineannealing: 'cosine',
  cosineannealinglr: 'cosine',
  cosinedecay: 'cosine',
  cos: 'cosine',
  none: 'constant',
  fixed: 'constant',
  const: 'constant',
};

const NUMERIC = [
  'learningRate',
  'weightDecay',
  'training.batchSize',
  'training.optimizer.momentum',
  'training.epochs',
  'dropout',
  'seed',
];

/** Whether the levels of a hyperparameter are numbers, or words that hold none (`auto`). */
export function isNumeric(path: string): boolean {
  return NUMERIC.includes(path);
}

/** A level in this project's words, where it has them: `CosineAnnealingLR` is `cosine`, `SGD` is `{ name: sgd }`. */
export function levelOf(path: string, value: LevelValue): LevelValue {
  if (typeof value !== 'string') return value;
  if (path === 'schedule') return SCHEDULES[plain(value)] ?? lowerKnown(value, ['cosine', 'constant']);
  if (path === 'training.optimizer') {
    const name = plain(lastPart(value));
    return ['sgd', 'adam', 'adamw'].includes(name) ? { name } : value;
  }
  if (path === 'activation') return lowerKnown(value, ['relu', 'sigmoid', 'tanh', 'gelu', 'silu']);
  return value;
}

function lowerKnown(value: string, known: readonly string[]): string {
  return known.includes(value.toLowerCase()) ? value.toLowerCase() : value;
}

/**
 * Where a study file keeps a hyperparameter: at its own key where every level is possible there, else under `imported`,
 * which holds any name and any value.
 */
export function studyPath(path: string, levels: readonly LevelValue[]): string {
  const own = checkFactorPath(path, path) === null;
  if (own && levels.every((level) => 'configuration' in withLevels(base, { [path]: level }))) return path;
  return `imported.${path.replace(/[^A-Za-z0-9_-]+/g, '_')}`;
}
