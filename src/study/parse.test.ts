import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CeterisError } from '../base/errors.js';
import { configurationInput, configurationSchema, resolvedConfiguration } from './configuration.js';
import { expandTrials } from './expand.js';
import { formatLevel } from './format.js';
import { listKeys } from './keys.js';
import { newStudyText, studyKeys } from './newStudy.js';
import { parseStudy } from './parse.js';
import { studyJsonSchema } from './schema.js';
import { formatStudy } from './write.js';

const minimal = 'name: s\ndataset: { name: cifar100 }\n';
const study = (more: string, set: string[] = []) => parseStudy(minimal + more, { set });

function complaint(text: string, set: string[] = []): string {
  try {
    parseStudy(text, { file: 'a.yaml', set });
  } catch (error) {
    expect(error).toBeInstanceOf(CeterisError);
    expect((error as CeterisError).exitCode).toBe(2);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

test('all problems are told at once, with path, line, rule, value and nearest key', () => {
  const message = complaint(
    [
      'name: a/b',
      'dataset: { name: cifar10, augmnt: [crop] }',
      'network: { name: mobilnet }',
      'training: { epochs: 0, batchSize: big, optimizer: { name: adam, momentum: 0.9 } }',
      'baseline: { learningRate: -1, schedule: cosin, activation: { name: sigmoid, blocks: 4..10 } }',
      'factors: { learnRate: [1], weightDecay: [0, no] }',
      'seeds: { data: 0, initial: 1 }',
      'sed: 3',
    ].join('\n'),
  );
  const expected: [RegExp, ...RegExp[]][] = [
    [/name \(line 1\)/, /letters, digits/, /"a\/b"/],
    [/dataset\.augmnt \(line 2\)/, /did you mean augment\?/],
    [/network\.name/, /one of mobilenet, cnn, mlp/, /did you mean mobilenet/],
    [/training\.epochs/, /at least 1/, /value: 0/],
    [/training\.batchSize/, /a whole number|a number/, /"big"/],
    [/training\.optimizer\.momentum/, /one of name, beta1, beta2, epsilon/],
    [/baseline\.learningRate/, /above 0/, /-1/],
    [/baseline\.schedule/, /did you mean cosine/],
    [/baseline\.activation\.blocks/, /4-10/, /"4\.\.10"/],
    [/seeds/, /one of data and initial is a list/],
    [/sed \(line 8\)/, /did you mean seeds\?/],
  ];
  for (const patterns of expected) for (const pattern of patterns) expect(message).toMatch(pattern);
});

test('levels and factors are told with the other problems', () => {
  const message = complaint(`${minimal}sed: 3\nfactors: { batchSize: [1], weightDecay: [0, bad] }`);
  expect(message).toMatch(/3 problems/);
  expect(message).toMatch(/there is no key batchSize.*did you mean training\.batchSize/s);
  expect(message).toMatch(/factors\.weightDecay\.1.*"bad"/s);
});

test('a missing key, a newer format, an empty file, a duplicate key, --set without a value', () => {
  expect(complaint('name: a')).toMatch(/missing.*where: dataset/s);
  expect(complaint(`${minimal}formatVersion: 2`)).toMatch(/newer version/);
  expect(complaint('')).toMatch(/holds no study/);
  expect(complaint(`${minimal}name: b`)).toMatch(/line 3, column 1/);
  expect(complaint(minimal, ['training.epochs'])).toMatch(/no key=value/);
  expect(complaint(minimal, ['learningRate=1'])).toMatch(/baseline\.learningRate/);
  expect(complaint(minimal, ['__proto__.x=1'])).toMatch(/no such key/);
});

test('what changes no result, and what the network does not have, is refused', () => {
  expect(complaint(`${minimal}factors: { training.logSteps: [1, 2] }`)).toMatch(/changes no result/);
  expect(complaint(`${minimal}factors: { activation: [relu, { name: sigmoid, blocks: 4-13 }] }`)).toMatch(
    /no such block.*0 to 12/s,
  );
  expect(complaint(`${minimal}report: { gradientNorms: [layer.8.conv1.weight] }`)).toMatch(
    /did you mean layers\.8\.conv1\.weight/,
  );
  expect(complaint(`${minimal}factors: { learningRate: { min: 0.1, max: 1 } }`)).toMatch(/random/);
  expect(complaint(`${minimal}interactions: [[learningRate, schedule]]`)).toMatch(/no scientific factor/);
});

test('a study without a validation split is refused', () => {
  const rule = /above 0: every epoch is measured on the validation split.*value: 0/s;
  const dataset = (keys: string) => complaint(`name: s\ndataset: { name: cifar100, ${keys} }`);
  expect(dataset('validation: 0')).toMatch(rule);
  expect(dataset('validation: 0')).toMatch(/dataset\.validation \(line 2\)/);
  expect(dataset('limit: { train: 100, validation: 0 }')).toMatch(rule);
  expect(dataset('validation: 1')).toMatch(/below 1/);
  expect(complaint(`${minimal}factors: { dataset.validation: [0.2, 0] }`)).toMatch(rule);
});

test('test results are not what a study is judged by', () => {
  const rule = /rule: +selection and verdicts see validation data only; test results stand in a table/;
  for (const metric of ['testAccuracy', '{ name: testLoss, at: best }']) {
    const message = complaint(`${minimal}metric: ${metric}\nsmallestEffect: 0.1`);
    expect(message).toMatch(rule);
    expect(message).toMatch(
      /where: metric\.name \(line 3\).*value: test(Accuracy|Loss).*did you mean valid\1\?/s,
    );
  }
  const searched = 'factors: { weightDecay: { values: [0, 1], role: nuisance } }\n';
  expect(complaint(`${minimal}${searched}metric: testAccuracy`)).toMatch(rule);
});

test('the smallest effect: 1 point of accuracy; of a loss it is given', () => {
  expect(study('').smallestEffect).toBe(1);
  expect(study('metric: validLoss\nsmallestEffect: 0.05').smallestEffect).toBe(0.05);
  expect(complaint(`${minimal}metric: validLoss`)).toMatch(
    /validLoss is a loss.*where: smallestEffect.*rule: .*nats.*smallestEffect: 0\.05/s,
  );
  expect(newStudyText('fresh')).toMatch(/smallestEffect: 1 .*losses in nats, always given, such as 0\.05/);
});

test('missing and empty keys take the defaults', () => {
  const { baseline, seeds, factors, metric } = study('baseline:\nfactors:\nreport:\n');
  expect(baseline).toMatchObject({
    learningRate: 0.05,
    schedule: 'constant',
    weightDecay: 0,
    activation: 'relu',
  });
  expect(baseline.training.optimizer.momentum).toBe(0.9);
  expect(baseline.dataset.limit).toBeNull();
  expect(factors).toEqual([]);
  expect(seeds).toHaveLength(1);
  expect(metric).toEqual({ name: 'validAccuracy', goal: 'maximize', at: 'last' });
  expect(study('metric: validLoss\nsmallestEffect: 0.1').metric.goal).toBe('minimize');
  expect(study('factors: { weightDecay: [0, 1] }').seeds).toHaveLength(3);
});

test('seeds: a number, a list, one stream', () => {
  expect(study('seeds: 2').seeds).toEqual([
    { label: 0, data: 0, initial: 0 },
    { label: 1, data: 1, initial: 1 },
  ]);
  expect(study('seeds: [7]').seeds).toEqual([{ label: 7, data: 7, initial: 7 }]);
  const one = study('seeds: { data: 3, initial: [0, 1] }');
  expect(one.seedStreams).toBe('initial');
  expect(one.seeds[1]).toEqual({ label: 1, data: 3, initial: 1 });
});

test('equal levels have one form', () => {
  for (const blocks of ['[6, 4, 5]', '4-6', '"4,5-6"']) {
    const { factors } = study(
      `factors: { activation: [relu, { name: sigmoid, blocks: ${blocks} }], schedule: [{ name: constant }] }`,
    );
    expect(factors[0].levels).toEqual(['relu', { name: 'sigmoid', blocks: '4-6' }]);
    expect(factors[1].levels).toEqual(['constant']);
  }
});

test('--set reaches factors by their paths, and parts of them', () => {
  const set = [
    'factors.training.batchSize=[32, 64]',
    'factors.weightDecay={ values: [0, 1] }',
    'factors.weightDecay.role=nuisance',
  ];
  const { factors } = study('', set);
  expect(factors.map(({ path, role }) => [path, role])).toEqual([
    ['training.batchSize', 'scientific'],
    ['weightDecay', 'nuisance'],
  ]);
});

const studies = {
  minimal,
  file: readFileSync(new URL('../../studies/ai6103.yaml', import.meta.url), 'utf8'),
  miniature: readFileSync(new URL('../../studies/ai6103-cpu.yaml', import.meta.url), 'utf8'),
  quick: readFileSync(new URL('../../studies/quick.yaml', import.meta.url), 'utf8'),
  fresh: newStudyText('fresh'),
  odd: newStudyText('1'),
  grid: `${minimal}method: grid\nfactors: { network.width: [0.5, 1], training.optimizer: [{ name: adam }, { name: sgd }], dataset.augment: [[crop], []] }`,
  random: `${minimal}method: { name: random, trials: 7, seed: 3 }\nfactors: { learningRate: { min: 1e-3, max: 1, distribution: log-uniform }, training.batchSize: { min: 8, max: 9, distribution: int } }\ntrials: [{ learningRate: 0.5, schedule: { name: step, every: 3, factor: 0.5, warmup: 1 } }]`,
  streams: `${minimal}seeds: { data: [1, 2], initial: 9 }\nfactors: { weightDecay: { values: [0.1], role: fixed } }\nnetwork: { name: cnn }\nbaseline: { activation: { name: gelu, blocks: all, elsewhere: tanh } }`,
};

test.each(Object.entries(studies))('written out and read again, %s is the same study', (_, text) => {
  const once = parseStudy(text);
  const again = parseStudy(formatStudy(once));
  expect(again).toEqual(once);
  expect(expandTrials(again)).toEqual(expandTrials(once));
  const input = configurationInput(once.baseline);
  expect(resolvedConfiguration(configurationSchema.parse(input))).toEqual(once.baseline);
});

test('every key is explained, and those of the replicas are marked', () => {
  for (const { path, description } of studyKeys) expect(description, path).not.toBe('');
  const keys = listKeys(configurationSchema);
  expect(keys.filter((one) => one.leaf && one.perReplica).map((one) => one.path)).toEqual([
    'training.optimizer.momentum',
    'training.optimizer.dampening',
    'training.optimizer.nesterov',
    'training.optimizer.beta1',
    'training.optimizer.beta2',
    'training.optimizer.epsilon',
    'training.initial',
    'learningRate',
    'schedule',
    'weightDecay',
    'activation',
  ]);
  expect(keys.filter((one) => !one.changesResults).map((one) => one.path)).toEqual([
    'training.logSteps',
    'training.checkpointSeconds',
  ]);
});

test('the new study is refused under an impossible name', () => {
  expect(() => newStudyText('a/b')).toThrow(/letters, digits/);
  expect(() => newStudyText('con')).toThrow(/letters, digits/);
});

test('the JSON Schema describes the file', () => {
  const schema = JSON.stringify(studyJsonSchema());
  expect(schema).toContain('"additionalProperties":false');
  expect(schema).toContain('passes over the training split');
  expect(schema).toContain('hardSwish');
});

test('levels are readable', () => {
  expect(formatLevel(0.0005)).toBe('0.0005');
  expect(formatLevel({ name: 'sigmoid', blocks: '4-10' })).toBe('sigmoid in blocks 4-10');
  expect(formatLevel({ name: 'tanh', blocks: '3', elsewhere: 'elu' })).toBe(
    'tanh in block 3 and elu elsewhere',
  );
  expect(formatLevel({ name: 'cosine', over: 300 })).toBe('cosine over 300');
  expect(formatLevel(['crop', 'flip'])).toBe('crop + flip');
  expect(formatLevel([])).toBe('none');
});
