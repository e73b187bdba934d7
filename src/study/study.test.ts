import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expandTrials, fingerprint, planRuns } from './expand.js';
import { parseStudy } from './parse.js';

const text = readFileSync(new URL('../../studies/ai6103.yaml', import.meta.url), 'utf8');

/** Without the explicit trial. */
const seven = text.replace(/^trials: .*\n/m, '');

test('the source study has seven trials, the baseline once and first, and the combination that it never ran', () => {
  const trials = expandTrials(parseStudy(text));
  expect(trials.map(({ isExplicit }) => isExplicit)).toEqual([...Array(7).fill(false), true]);
  expect(trials.map(({ name }) => name)).toEqual([
    'baseline',
    'learningRate=0.01',
    'learningRate=0.2',
    'schedule=cosine',
    'weightDecay=0.0001',
    'weightDecay=0.0005',
    'activation=sigmoid in blocks 4-10',
    'schedule=cosine,weightDecay=0.0005',
  ]);
  expect(trials[0].isBaseline).toBe(true);
});

test('an unknown key is refused with its path and the nearest key', () => {
  const wrong = text.replace('epochs:', 'epoks:');
  expect(() => parseStudy(wrong)).toThrow(/training\.epoks.*did you mean epochs/s);
});

test('an impossible value is refused with path and value', () => {
  expect(() => parseStudy(text, { set: ['training.epochs=-3'] })).toThrow(/training\.epochs.*-3/s);
  expect(() => parseStudy(text, { set: ['factors.learningRate=[0.1, fast]'] })).toThrow(
    /learningRate.*"fast"/s,
  );
});

test('a factor that is no key is refused with the nearest', () => {
  expect(() => parseStudy(text, { set: ['factors={ learningRat: [1, 2] }'] })).toThrow(
    /did you mean learningRate/,
  );
});

test('malformed YAML names line and column', () => {
  expect(() => parseStudy('name: [a', { file: 's.yaml' })).toThrow(/s\.yaml, line 1/);
});

test('any key is a factor; a grid crosses them', () => {
  const study = parseStudy(seven, {
    set: ['method=grid', 'factors={ training.batchSize: [64, 128], network.width: [0.5, 1, 2] }', 'seeds=3'],
  });
  const runs = planRuns(study, 'sum');
  expect(runs).toHaveLength(18);
  expect(runs[0].id).toMatch(/^batchSize=64,width=0\.5,seed=0-[0-9a-f]{8}$/);
  expect(study.interactions).toEqual([['training.batchSize', 'network.width']]);
});

test('a study without factors is a single run', () => {
  expect(expandTrials(parseStudy(seven, { set: ['factors={}'] }))).toHaveLength(1);
});

test('the fingerprint covers what changes results, and only that', () => {
  const base = parseStudy(seven).baseline;
  const seed = { label: 0, data: 0, initial: 0 };
  const print = (set: string[]) => fingerprint(parseStudy(seven, { set }).baseline, seed, 'sum');
  const same = fingerprint(base, seed, 'sum');
  expect(print(['name=other', 'training.logSteps=5', 'training.epochs=400'])).toBe(same);
  expect(print(['baseline.learningRate=0.1'])).not.toBe(same);
  expect(fingerprint(base, seed, 'other')).not.toBe(same);
  expect(print(['baseline.schedule=cosine', 'training.epochs=400'])).not.toBe(
    print(['baseline.schedule=cosine']),
  );
});

test('a key that came later leaves the names of earlier runs at the value that they had', () => {
  const fingerprintOf = (network: string) => {
    const study = parseStudy(
      `name: a\nnetwork: ${network}\nfactors: { learningRate: [0.1] }\nseeds: 1\ndataset: { name: synthetic }\n`,
    );
    return planRuns(study, 'x')[0].fingerprint.slice(0, 12);
  };
  expect(fingerprintOf('{ name: cnn }')).toBe('e27b0616eb2c');
  expect(fingerprintOf('{ name: cnn, pooling: average }')).toBe('e27b0616eb2c');
  expect(fingerprintOf('{ name: cnn, pooling: max }')).toBe('fbda632923e5');
});
