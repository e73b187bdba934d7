/** The commented study file that a person starts from. */

import { maxOf } from '../base/extremes.js';
import { keyReference } from './keyReference.js';
import { listKeys, type SchemaKey } from './keys.js';
import { check, problemsError } from './problems.js';
import { studyFileSchema, studyName } from './schema.js';

/** Every key of the study file with its explanation, in the schema's order. */
export const studyKeys: readonly SchemaKey[] = listKeys(studyFileSchema);

/** A line of the file: a key with its text, and by which key of the schema it is explained. */
type Line = readonly [text: string, explainedBy?: string];

const question: readonly Line[] = [['question: Does a larger learning rate help?', 'question'], ['']];

const engine: readonly Line[] = [
  ['dataset:'],
  ['  name: synthetic', 'dataset.name'],
  ['  validation: 0.2', 'dataset.validation'],
  ['  splitSeed: 42', 'dataset.splitSeed'],
  ['  augment: []', 'dataset.augment'],
  ['  limit: null', 'dataset.limit'],
  ['  classes: 10', 'dataset.classes'],
  ['  train: 2000', 'dataset.train'],
  ['  test: 500', 'dataset.test'],
  ['network:'],
  ['  name: mobilenet', 'network.name'],
  ['  width: 0.25', 'network.width'],
  ['training:'],
  ['  epochs: 10', 'training.epochs'],
  ['  batchSize: 64', 'training.batchSize'],
  ['  optimizer: { name: sgd, momentum: 0.9 }', 'training.optimizer'],
  ['  shuffle: true', 'training.shuffle'],
  ['  initial: null', 'training.initial'],
  ['  logSteps: 0', 'training.logSteps'],
  ['  checkpointSeconds: 30', 'training.checkpointSeconds'],
];

/** As a script is called that knows nothing of Ceteris. */
const command: readonly Line[] = [
  ['trainer:'],
  ['  command:', 'trainer.command'],
  ['    - python3'],
  ['    - train.py'],
  ['    - "--lr={learningRate}"'],
  ['    - "--optimizer={optimizer}"'],
  ['    - "--seed={seed}"'],
  ['    - "--out={run}"'],
  ['  metrics:', 'trainer.metrics'],
  ['    file: metrics.csv', 'trainer.metrics.file'],
  ['    # columns: { validAccuracy: Top-1 }', 'trainer.metrics.columns'],
  ['    # unit: percent', 'trainer.metrics.unit'],
  ['    # stepsPerEpoch: 100', 'trainer.metrics.stepsPerEpoch'],
  ['  files: [train.py]', 'trainer.files'],
  ['  record: { python: python3 --version }', 'trainer.record'],
  ['  # resume: --resume', 'trainer.resume'],
  ['  # checkpoint: last.pt', 'trainer.checkpoint'],
  ['  timeout: null', 'trainer.timeout'],
  ['  grace: 10', 'trainer.grace'],
  ['  retries: 0', 'trainer.retries'],
  ['  gpus: 0', 'trainer.gpus'],
  ['  # epochs: 30', 'trainer.epochs'],
  ['  # folder: .', 'trainer.folder'],
];

const engineDesign: readonly Line[] = [
  [''],
  ['method: one-factor', 'method'],
  ['baseline:', 'baseline'],
  ['  learningRate: 0.05', 'baseline.learningRate'],
  ['  schedule: constant', 'baseline.schedule'],
  ['  weightDecay: 0', 'baseline.weightDecay'],
  ['  activation: relu', 'baseline.activation'],
  ['factors:', 'factors'],
  ['  learningRate: [0.01, 0.05, 0.2]'],
  ['  # schedule: [cosine, constant]'],
  ['  # training.batchSize: [32, 64, 128]'],
  ['  # training.optimizer.momentum: { values: [0, 0.9], role: nuisance }'],
];

const commandDesign: readonly Line[] = [
  [''],
  ['method: one-factor', 'method'],
  ['baseline:', 'baseline'],
  ['  learningRate: 0.1'],
  ['  optimizer: sgd'],
  ['factors:', 'factors'],
  ['  learningRate: [0.01, 0.1]'],
  ['  # optimizer: [sgd, adamw]'],
];

const rest: readonly Line[] = [
  ['trials: []', 'trials'],
  ['seeds: 3', 'seeds'],
  [''],
  ['metric: { name: validAccuracy, goal: maximize, at: last }', 'metric'],
  ['# selection: { metric: validAccuracy, seeds: 1 }', 'selection'],
  ['smallestEffect: 1', 'smallestEffect'],
  ['pairing: none', 'pairing'],
  ['interactions: []', 'interactions'],
  [''],
  ['report:', 'report'],
  ['  title: null', 'report.title'],
  ['  authors: []', 'report.authors'],
  ['  affiliation: null', 'report.affiliation'],
  ['  code: null', 'report.code'],
  ['  text: null', 'report.text'],
  ['  gradientNorms: []', 'report.gradientNorms'],
];

/** By what trains the runs. */
const bodies = {
  engine: [...question, ...engine, ...engineDesign, ...rest],
  command: [
    ...question,
    ...command,
    ...commandDesign,
    ...rest.filter(([text]) => !text.includes('gradientNorms')),
  ],
} satisfies Record<string, readonly Line[]>;

export type NewStudyTrainer = keyof typeof bodies;

/**
 * The text of a new study file, every key explained. That of the engine runs as it is, without any data to fetch; that of
 * a command once its program is there.
 * @throws a request error where the name is no name of a study
 */
export function newStudyText(name: string, trainer: NewStudyTrainer = 'engine'): string {
  const checked = check(studyName, name, ['name']);
  if ('problems' in checked) throw problemsError(checked.problems, 'the new study');
  const body = bodies[trainer];
  const width = maxOf(body.filter(([, by]) => by !== undefined).map(([text]) => text.length)) + 2;
  const explained = body.map(([text, by]) =>
    by === undefined ? text : `${text.padEnd(width)}# ${explanation(by)}`,
  );
  const head = [
    '# A study for Ceteris. What a key may hold stands behind it; keys left out take their defaults.',
  ];
  return `${[...head, `name: ${quotedWhereNeeded(name)}`, ...explained].join('\n')}\n`;
}

/** A name such as `1` or `null` would be read as another type. */
function quotedWhereNeeded(name: string): string {
  return /^[A-Za-z][A-Za-z-]*$/.test(name) && !/^(null|true|false|yes|no|on|off)$/i.test(name)
    ? name
    : `"${name}"`;
}

function explanation(path: string): string {
  const found = keyReference().find((one) => one.path === path);
  if (found === undefined) throw new Error(`the schema has no key ${path}`);
  return found.description;
}
