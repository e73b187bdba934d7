/** What reads otherwise than it looks, what stands twice, what other tools call differently: told before anything trains. */
import { expect, test } from 'vitest';
import { CeterisError } from '../base/errors.js';
import { expandTrials } from './expand.js';
import { findKeys } from './keyReference.js';
import { designNotes } from './notes.js';
import { parseStudy } from './parse.js';

const minimal = 'name: s\ndataset: { name: synthetic }\n';

function complaint(more: string, set: string[] = []): string {
  try {
    parseStudy(minimal + more, { file: 'a.yaml', set });
  } catch (error) {
    expect(error).toBeInstanceOf(CeterisError);
    expect((error as CeterisError).exitCode).toBe(2);
    return (error as Error).message;
  }
  throw new Error(`it was accepted: ${more}`);
}

test.each([
  [
    'a decimal comma in a list',
    'factors: { weightDecay: [0, 0,0005] }',
    /leading zeros[\s\S]*line 3[\s\S]*0005[\s\S]*point, 0\.05/,
  ],
  ['one below 1', 'factors: { learningRate: [0,05, 0,1] }', /leading zeros[\s\S]*value: 05/],
  ['a negative number', 'training: { epochs: -03 }', /leading zeros[\s\S]*-03/],
  ['one that repeats nothing', 'factors: { learningRate: [0.5, 1,25] }', /decimal comma[\s\S]*value: 1,25/],
  [
    'in an explicit trial',
    'trials:\n  - training.optimizer: { name: adam, beta1: 00.5 }',
    /line 4[\s\S]*00\.5/,
  ],
  ['merge keys', 'network: &a { name: mlp }\nbaseline: { <<: *a }', /merge keys[\s\S]*line 4, column 13/],
  ['two documents', '---\nname: t\n', /more than one document[\s\S]*line 3/],
])('%s', (_name, more, message) => {
  expect(complaint(more)).toMatch(message);
});

test('a comma in a number of the file is read as a decimal comma by the advice', () => {
  expect(complaint('baseline: { learningRate: "0,05" }')).toMatch(/did you mean 0\.05\?/);
  expect(complaint('baseline:\n  learningRate: 0,05')).toMatch(/value: "0,05"[\s\S]*did you mean 0\.05\?/);
});

test.each([
  'factors: { learningRate: [0.1,0.2, 0.3] }',
  'factors: { training.batchSize: [16,32,64] }',
  'network: { name: mlp, hidden: [16,32, 64] }',
  'question: 007 and 0005',
  'report: { authors: ["007"] }',
])('no trap: %s', (more) => {
  expect(parseStudy(minimal + more).name).toBe('s');
});

test('a level twice, in whatever writing', () => {
  const message = complaint('factors: { learningRate: [0.1, 1e-1, .10, 0.05] }');
  expect(message).toMatch(/2 problems/);
  expect(message).toMatch(
    /factors\.learningRate\.1 \(line 3\): this level is the same as factors\.learningRate\.0/,
  );
  expect(complaint('factors: { schedule: [cosine, { name: cosine }] }')).toMatch(
    /same as factors\.schedule\.0/,
  );
  expect(
    complaint('factors: { activation: [{ name: tanh, blocks: 1-2 }, { name: tanh, blocks: [2, 1] }] }'),
  ).toMatch(/activation\.1/);
  expect(complaint('factors: { learningRate: { values: [1, 1.0], role: nuisance } }\nmethod: grid')).toMatch(
    /same as/,
  );
});

test('an explicit trial twice; in a record of an earlier version it is not told', () => {
  const trials = 'trials: [{ learningRate: 0.07 }, { weightDecay: 0.1 }, { learningRate: 7e-2 }]';
  expect(complaint(trials)).toMatch(/same configuration as trials\.0[\s\S]*trials\.2 \(line 3\)/);
  expect(expandTrials(parseStudy(minimal + trials, { isRecord: true }))).toHaveLength(3);
});

test('an explicit trial that the method makes anyway, and a baseline that no level names, are remarks', () => {
  const study = parseStudy(
    `${minimal}factors: { learningRate: [0.1, 0.2], weightDecay: [0, 0.1] }\ntrials: [{ learningRate: 0.2 }, { learningRate: 0.3 }]`,
  );
  expect(designNotes(study)).toEqual([
    expect.stringMatching(/the baseline's learningRate, 0\.05, is none of its levels 0\.1, 0\.2/),
    expect.stringMatching(/trials\.0 is the same as trial learningRate=0\.2/),
  ]);
  expect(designNotes(parseStudy(`${minimal}factors: { learningRate: [0.1, 0.05] }`))).toEqual([]);
});

test('a setting that replaces another', () => {
  expect(complaint('', ['training.epochs=3', 'training.epochs=5'])).toMatch(/replaces training\.epochs=3/);
  expect(complaint('', ['training.epochs=3', 'training={ batchSize: 5 }'])).toMatch(/replaces/);
  expect(
    parseStudy(minimal, { set: ['training={ batchSize: 5 }', 'training.epochs=3'] }).baseline.training,
  ).toMatchObject({ batchSize: 5, epochs: 3 });
});

test('a setting’s error names the setting and quotes no line of the file', () => {
  const file = 'training: { epochs: 5 }\nfactors: { weightDecay: [0, 0.1] }';
  const message = complaint(file, ['seeds=0', 'factors.weightDecay=[0, bad]']);
  expect(message).toMatch(/seeds \(--set seeds=0\)/);
  expect(message).toMatch(/factors\.weightDecay\.1 \(--set factors\.weightDecay=\[0, bad\]\)/);
  expect(message).not.toMatch(/line \d/);
  expect(complaint(file, ['factors.weightDecay=[0, 0,0005]'])).toMatch(
    /--set cannot be applied: a number has leading/,
  );
  expect(complaint('training: { epochs: 0 }', ['training.batchSize=5'])).toMatch(
    /training\.epochs \(line 3\)/,
  );
});

test('an optimizer by its name alone', () => {
  const advice = /training\.optimizer: \[\{ name: sgd \}, \{ name: adam \}\]/;
  const message = complaint('factors: { training.optimizer.name: [sgd, adam] }');
  expect(message).toMatch(advice);
  expect(message).not.toMatch(/momentum|problems/);
  expect(complaint('factors: { network.name: [mlp, cnn] }')).toMatch(
    /network: \[\{ name: mlp \}, \{ name: cnn \}\]/,
  );
  expect(complaint('trials: [{ training.optimizer.name: adam }]')).toMatch(
    /training\.optimizer: \{ name: adam \}/,
  );
  expect(complaint('factors: { training.optimizer.name: [sgd, adm] }')).toMatch(/did you mean adam/);
  expect(complaint('factors: { training.optimizer: [sgd, adam] }')).toMatch(/did you mean \{ name: sgd \}\?/);
  expect(complaint('network: mlp')).toMatch(/did you mean \{ name: mlp \}\?/);
  const followed = parseStudy(`${minimal}factors: { training.optimizer: [{ name: sgd }, { name: adam }] }`);
  expect(expandTrials(followed)).toHaveLength(2);
  const alike = parseStudy(
    `${minimal}training: { optimizer: { name: adam } }\nfactors: { training.optimizer.name: [adam, adamw] }`,
  );
  expect(expandTrials(alike)).toHaveLength(2);
});

test.each([
  ['factors: { lr: [1, 2] }', /did you mean learningRate\?/],
  ['factors: { weight_decay: [1, 2] }', /did you mean weightDecay\?/],
  ['factors: { bs: [1, 2] }', /did you mean training\.batchSize\?/],
  ['factors: { schedule.name: [cosine, constant] }', /did you mean schedule\?/],
  ['baseline: { lr: 0.1 }', /did you mean learningRate\?/],
  ['training: { lr: 0.1 }', /did you mean baseline\.learningRate\?/],
  ['training: { wd: 0.1 }', /did you mean baseline\.weightDecay\?/],
  ['lr: 0.1', /did you mean baseline\.learningRate\?/],
  ['model: { name: mlp }', /did you mean network\?/],
  ['metric: accuracy', /did you mean validAccuracy\?/],
  ['metric: { name: val_loss }', /did you mean validLoss\?/],
  ['metric: test_acc', /did you mean validAccuracy\?/],
])('%s', (more, message) => {
  expect(complaint(more)).toMatch(message);
});

test.each([
  // Numbers in other writings.
  ['factors: { weightDecay: [0, 5%] }', /did you mean 0\.05\?/],
  ['smallestEffect: 2%', /did you mean 2\?/],
  ['factors: { learningRate: [0.1, 10^-3] }', /did you mean 0\.001\?/],
  ['seeds: "3"', /did you mean 3\?/],
  ['baseline: { learningRate: .inf }', /do: +write a finite number/],
  ['training: { shuffle: "False" }', /rule: +true or false[\s\S]*did you mean false\?/],
  // One value where a list is wanted.
  ['factors: { learningRate: 0.1, 0.2 }', /brackets, also one of a single value: \[0\.1\]/],
  ['factors: { activation: relu }', /\[relu\]/],
  ['factors: { dataset.augment: [flip, []] }', /augment\.0[\s\S]*\[flip\]/],
  // Values of other tools.
  ['factors: { schedule: [constant, CosineAnnealingLR] }', /did you mean cosine\?/],
  ['factors: { schedule: [none, cosine] }', /did you mean constant\?/],
  ['factors: { schedule: [constant, StepLR] }', /did you mean \{ name: step, every, factor \}\?/],
  ['baseline: { activation: swish }', /did you mean silu\?/],
  ['metric: { name: validAccuracy, goal: max }', /did you mean maximize\?/],
  ['training: { optimizer: Adam }', /did you mean \{ name: adam \}\?/],
  // What is no part of a study, or no factor.
  ['device: gpu', /ceteris run \.\.\. --device/],
  ['factors: { seeds: [0, 1] }', /seeds are repeats and no factor/],
  ['factors: { seed: [0, 1] }', /seeds are repeats and no factor/],
])('%s: what to do', (more, message) => {
  expect(complaint(more)).toMatch(message);
});

test('ReLU6 is near to relu by its name only', () => {
  const message = complaint('factors: { activation: [relu, ReLU6] }');
  expect(message).not.toMatch(/did you mean/);
  expect(message).toMatch(/do: +ceteris help keys baseline\.activation tells what it may be/);
});

test.each([
  ['training: { epochs: 0 }', 'training.epochs'],
  ['factors: { training.batchSize: [0, 32] }', 'training.batchSize'],
  ['trials: [{ learningRate: 0.1, weightDecay: many }]', 'baseline.weightDecay'],
  ['metric: f1', 'metric'],
  ['interactions: [[learningRate, weightDecay]]', 'interactions'],
  ['network: resnet18', 'network'],
])('%s: without anything near, the command that tells the values of its key', (more, key) => {
  expect(complaint(more)).toContain(`ceteris help keys ${key} tells what it may be`);
  expect(findKeys(key).length).toBeGreaterThan(0);
});

test('a metric that is none has as its rule those that may be chosen, and no test metric', () => {
  for (const more of ['metric: f1', 'metric: { name: top-1 }'])
    expect(complaint(more)).toMatch(
      /rule: +one of trainLoss, trainAccuracy, trainEvalLoss, trainEvalAccuracy, validLoss, validAccuracy\n/,
    );
  const searched = 'factors: { weightDecay: { values: [0, 1], role: nuisance } }\n';
  expect(complaint(`${searched}selection: { metric: testLoss }`)).toMatch(
    /selection\.metric\.name \(line 4\)[\s\S]*must not see the test split|must not see the test split[\s\S]*selection\.metric\.name \(line 4\)/,
  );
});

test('a block that the network has not is told where the file has it', () => {
  const blocks = '{ name: sigmoid, blocks: 20-30 }';
  expect(complaint(`network: { name: mlp }\nbaseline:\n  activation: ${blocks}`)).toMatch(
    /where: +baseline\.activation\.blocks \(line 5\)/,
  );
  expect(complaint(`network: { name: mlp }\nfactors:\n  activation: [relu, ${blocks}]`)).toMatch(
    /where: +factors\.activation \(line 5\)/,
  );
});

test('a smallest effect that is a share where points are meant is a remark', () => {
  const notes = (more: string) => designNotes(parseStudy(minimal + more));
  expect(notes('smallestEffect: 0.01')).toEqual([
    'smallestEffect is in points of accuracy: 0.01 is less than a tenth of one; a share of 0.01 is smallestEffect: 1',
  ]);
  expect(notes('smallestEffect: 0.1')).toEqual([]);
  expect(notes('smallestEffect: 0.01\nmetric: validLoss')).toEqual([]);
});
