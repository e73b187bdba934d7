import { expect, test } from 'vitest';
import { expandTrials, fingerprint, planRuns } from './expand.js';
import { keyReference } from './keyReference.js';
import { newStudyText } from './newStudy.js';
import { designNotes } from './notes.js';
import { parseStudy } from './parse.js';
import { almostPlaceholders, filled, placeholdersIn } from './placeholders.js';
import { namedValue, valueText, withValues } from './values.js';
import { formatStudy } from './write.js';

const HEAD = `name: any
trainer:
  command: [python3, train.py, --lr, '{lr}', --opt, '{opt}', '{seed}', '{run}']
`;
const GOOD = `${HEAD}baseline: { lr: 0.1, opt: sgd }
factors: { lr: [0.01, 0.1], opt: [sgd, { name: adam, beta: 0.9 }, [1, 2], null] }
metric: { name: valid/accuracy, at: last }
`;

test('factors of any names with any values; the metric under its usual name', () => {
  const study = parseStudy(GOOD);
  expect(study.metric).toEqual({ name: 'validAccuracy', goal: 'maximize', at: 'last' });
  expect(expandTrials(study).map(({ name }) => name)).toEqual([
    'baseline',
    'lr=0.01',
    'opt=adam beta 0.9',
    'opt=1 + 2',
    'opt=none',
  ]);
  expect(expandTrials(study)[2].configuration.command?.values).toEqual({
    lr: 0.1,
    opt: { name: 'adam', beta: 0.9 },
  });
  expect(study.smallestEffect).toBe(1);
});

test('the resolved study parses to itself', () => {
  const study = parseStudy(GOOD);
  expect(parseStudy(formatStudy(study))).toEqual(study);
});

test('durations and short forms', () => {
  const { trainer } = parseStudy(GOOD, {
    set: ['trainer.timeout=1.5h', 'trainer.resume=--resume {run}/last.pt', 'trainer.metrics=log.jsonl'],
  });
  expect(trainer).toMatchObject({
    timeout: 5400,
    resume: ['--resume', '{run}/last.pt'],
    metrics: { file: 'log.jsonl', columns: {} },
  });
});

test('levels are checked against nothing but each other: also as the arguments that they become', () => {
  expect(() => parseStudy(GOOD, { set: ["factors={ lr: [0.1, '0.1'] }"] })).toThrow(
    /the same as factors\.lr\.0/,
  );
});

test('a placeholder that nothing fills is an error before anything starts', () => {
  expect(() => parseStudy(GOOD.replace("'{seed}'", "'{sed}'"))).toThrow(
    /placeholder \{sed\}[\s\S]*a name of baseline or factors \(lr, opt\)/,
  );
  expect(() => parseStudy(GOOD.replace('lr: 0.1, ', ''))).toThrow(/baseline has no value for the factor lr/);
  expect(() =>
    parseStudy(GOOD, { set: ['trials=[{ other: 1 }]', "trainer.command=[a, '{other}']"] }),
  ).toThrow(/placeholder \{other\}/);
});

test('a shell line, the names of placeholders, keys of the engine and metrics without a direction are refused', () => {
  expect(() => parseStudy(GOOD, { set: ['trainer.command=python3 train.py'] })).toThrow(
    /a list of arguments/,
  );
  expect(() => parseStudy(GOOD, { set: ['baseline.seed=3'] })).toThrow(
    /the name seed stands for something else/,
  );
  expect(() => parseStudy(`${GOOD}training: { epochs: 3 }\n`)).toThrow(/training/);
  expect(() => parseStudy(GOOD, { set: ['metric=valid/bleu'] })).toThrow(
    /whether more or less of valid\/bleu/,
  );
  expect(() => parseStudy(GOOD, { set: ['metric={ name: valid/bleu, goal: maximize }'] })).toThrow(
    /smallest difference/,
  );
  expect(() => parseStudy(GOOD, { set: ['metric=test/accuracy'] })).toThrow(/test results/);
  const own = { set: ['metric={ name: valid/bleu, goal: maximize }', 'smallestEffect=0.5'] };
  expect(parseStudy(GOOD, own).metric.name).toBe('valid/bleu');
});

test('seeds that vary one stream must reach the command', () => {
  const set = ['seeds={ data: [0, 1], initial: 0 }'];
  expect(() => parseStudy(GOOD, { set })).toThrow(/does not take \{seed\.data\}/);
  expect(parseStudy(GOOD.replace('{seed}', '{seed.data}'), { set }).seedStreams).toBe('data');
});

test('the fingerprint covers command, values, seed and files', () => {
  const prints = (text: string, files = {}) =>
    planRuns(parseStudy(text), { datasetChecksum: '', trainerFiles: files }).map((run) => run.fingerprint);
  const all = prints(GOOD);
  expect(new Set(all).size).toBe(all.length);
  expect(prints(GOOD.replace('train.py', 'other.py'))[0]).not.toBe(all[0]);
  expect(prints(GOOD.replace('lr: 0.1, opt', 'lr: 0.1, width: 2, opt'))[0]).not.toBe(all[0]);
  expect(prints(GOOD, { 'train.py': 'ab' })[0]).not.toBe(all[0]);
  expect(prints(GOOD.replace("'{run}']", "'{run}']\n  timeout: 5\n  retries: 2"))).toEqual(all);
  const { baseline, seeds } = parseStudy(GOOD);
  expect(fingerprint(baseline, seeds[0], '')).toBe(all[0]);
});

test('placeholders', () => {
  expect(placeholdersIn('--{a}={b.c} {"x": 1} {{not}}')).toEqual(['a', 'b.c']);
  expect(filled('--{a} {{a}} {"a":{"b":1}}', (name) => `<${name}>`)).toBe('--<a> {a} {"a":{"b":1}}');
});

test('names reach into maps, and stand for themselves else', () => {
  const values = { optimizer: { lr: 0.1 }, 'model.width': 2 };
  expect(namedValue(values, 'optimizer.lr')).toBe(0.1);
  expect(namedValue(values, 'model.width')).toBe(2);
  expect(withValues(values, { 'optimizer.lr': 0.2, 'model.width': 3, 'data.crop': true })).toEqual({
    optimizer: { lr: 0.2 },
    'model.width': 3,
    'data.crop': true,
  });
  expect([0.00001, true, null, 'a b', [1, 'x']].map((one) => valueText(one))).toEqual([
    '0.00001',
    'true',
    'null',
    'a b',
    '[1,"x"]',
  ]);
});

test('two levels that read alike are refused, and a text that cannot be read in a name stands in quotes', () => {
  const levels = (opt: string) => () => parseStudy(GOOD, { set: [`factors={ opt: ${opt} }`] });
  for (const alike of ["[sgd, null, 'none']", "[sgd, [1, 2], '1 + 2']", "[sgd, { a: 1 }, 'a 1']"])
    expect(levels(alike), alike).toThrow(/two different trials have the name opt=[\s\S]*read differently/);
  const names = expandTrials(levels('[sgd, "", " a", "b\\nc", "ünï/☃"]')()).map(({ name }) => name);
  expect(names).toEqual(['baseline', 'opt=""', 'opt=" a"', 'opt="b\\nc"', 'opt=ünï/☃']);
});

test('numbers that no argument can carry are refused: JSON would make null of them', () => {
  for (const [written, advice] of [
    ['.inf', "'inf'"],
    ['-.inf', "'-inf'"],
    ['.nan', "'nan'"],
    ['1e400', "'inf'"],
  ]) {
    const levels = () => parseStudy(GOOD, { set: [`factors={ lr: [0.1, ${written}] }`] });
    expect(levels, written).toThrow(new RegExp(`factors\\.lr\\.1[\\s\\S]*write it in quotes.*${advice}`));
  }
  expect(() => parseStudy(GOOD, { set: ['baseline.opt={ betas: [0.9, .nan] }'] })).toThrow(
    /baseline\.opt\.betas\.1/,
  );
  expect(() => parseStudy(GOOD, { set: ['trials=[{ lr: .inf }]'] })).toThrow(/trials\.0\.lr/);
});

test('what looks like a placeholder and is none is refused: the level would never reach the command', () => {
  for (const written of ['--lr={ lr }', '--lr={lr', '--lr=lr}', `--lr=$${'{lr}'}`, `--lr=$${'{ lr }'}`])
    expect(() => parseStudy(GOOD.replace("'{lr}'", `'${written}'`)), written).toThrow(
      /looks like the placeholder \{lr\}[\s\S]*write \{lr\}, or \{\{lr\}\}/,
    );
  for (const written of ['{{lr}}', '{"lr": {lr}}', 'lr={lr}', 'lr', '{"lr": 1}', '{lr}{opt}'])
    expect(() => parseStudy(GOOD.replace("'{lr}'", `'${written}'`)), written).not.toThrow();
  expect(almostPlaceholders('--out={run/x}', ['run'])).toEqual([]);
});

test('a factor that no argument takes, and a seed, are told before anything trains', () => {
  const notes = (text: string) => designNotes(parseStudy(text));
  expect(notes(GOOD)).toEqual([]);
  const fixed = GOOD.replace("'{lr}'", '0.1');
  expect(notes(fixed)).toEqual([expect.stringMatching(/no argument of the command takes \{lr\}/)]);
  expect(notes(fixed.replace("'{seed}'", "'{config}'"))).toEqual([]);
  expect(notes(GOOD.replace(", '{seed}'", ''))).toEqual([expect.stringMatching(/takes no \{seed\}/)]);
  const inner = { set: ['baseline.opt={ lr: 1 }', "factors={ 'opt.lr': [1, 2] }"] };
  expect(designNotes(parseStudy(GOOD, inner))).toEqual([]);
});

test('metrics lie in the folder of the run', () => {
  for (const file of ['../metrics.csv', '/tmp/metrics.csv', 'a/../../b.csv', 'C:\\m.csv', '~/m.csv'])
    expect(() => parseStudy(GOOD, { set: [`trainer.metrics='${file}'`] }), file).toThrow(
      /trainer\.metrics[\s\S]*inside of the folder that \{run\} names/,
    );
  const { trainer } = parseStudy(GOOD, { set: ['trainer.metrics=logs/..x/m.csv'] });
  expect(trainer).toMatchObject({ metrics: { file: 'logs/..x/m.csv' } });
});

test('a trainer that is none, and braces without quotes, are told as what they are', () => {
  const wrong = (trainer: string) => () =>
    parseStudy(`name: a\ntrainer: ${trainer}\nfactors: { lr: [1, 2] }\n`);
  for (const trainer of ['[python3, train.py]', 'python3 train.py', '3']) {
    expect(wrong(trainer), trainer).toThrow(/a map with a command/);
    expect(wrong(trainer), trainer).not.toThrow(/dataset/);
  }
  expect(() => parseStudy(GOOD.replace("'{lr}'", '{lr}'))).toThrow(/write '\{lr\}', in quotes/);
});

test('a new study of a command has every key of a trainer, explained, and reads as a study', () => {
  const text = newStudyText('mine', 'command');
  const { trainer, factors } = parseStudy(text);
  expect(parseStudy(formatStudy(parseStudy(text)))).toEqual(parseStudy(text));
  expect(trainer).toMatchObject({ files: ['train.py'], metrics: { file: 'metrics.csv' } });
  expect(factors.map(({ path }) => path)).toEqual(['learningRate']);
  expect(designNotes(parseStudy(text))).toEqual([]);
  const keys = keyReference().filter(({ path }) => /^trainer\.[a-z]+$/i.test(path));
  expect(keys.length).toBeGreaterThan(10);
  for (const { path, description } of keys) {
    const line = text.split('\n').find((one) => one.endsWith(`# ${description}`));
    expect(line, path).toMatch(new RegExp(`^ +(# )?${path.slice('trainer.'.length)}:`));
  }
  expect(text).not.toMatch(/dataset|training\.|gradientNorms/);
  // What is commented out reads too.
  const opened = text
    .replaceAll(/^( +)# (\w+: [^#]*?) +#.*$/gm, '$1$2')
    .replace('# optimizer: [', 'optimizer: [');
  expect(parseStudy(opened).trainer).toMatchObject({
    resume: ['--resume'],
    checkpoint: ['last.pt'],
    epochs: 30,
  });
});
