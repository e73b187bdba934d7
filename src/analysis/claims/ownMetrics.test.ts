/** Claims about runs that a command trained: their metrics and levels have the study's names. */

import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { commandStudy, risingTo } from '../../../test/support/commandStudy.js';
import { judge } from '../../../test/support/exampleClaims.js';
import { measureOf } from '../measures/measures.js';
import { groupStudy } from '../trials/study.js';
import { summaryText } from '../trials/summaryText.js';
import { judgeClaims } from './claims.js';
import { parseClaims } from './parse.js';

const HIGH = { learningRate: 0.2 };
const study = (goal: string, at = 'last') =>
  commandStudy({
    metric: { name: 'valid/f1', goal, at },
    columns: { 'valid/bleu.4': 'bleu4' },
    curves: ({ seed, trial }) => ({
      'valid/f1': risingTo(trial.levels.learningRate === 0.2 ? 0.9 : 0.8, seed.label),
      'valid/bleu.4': risingTo(30, seed.label),
    }),
  });
const higher = { kind: 'difference', trial: HIGH, than: 'baseline', direction: 'higher' };
const order = { kind: 'order', trials: ['baseline', HIGH], direction: 'rising' };

it('a metric of its own is claimed by its name, by its values, and by the features of its curve', () => {
  const judged = judge(study('maximize', 'final'), [
    { ...higher, measure: 'valid/f1', scope: 'configurations' },
    { ...order, measure: 'valid/f1.best' },
    { kind: 'level', trial: 'baseline', measure: 'valid/bleu.4', atLeast: 25, reason: 'r' },
    { ...order, measure: { feature: 'mean', of: 'valid/f1', over: 2 } },
    { ...higher, measure: 'valid/bleu.4.last', direction: 'lower' },
  ]);
  expect(judged.map(({ verdict }) => verdict)).toEqual([
    'supported',
    'supported',
    'supported',
    'supported',
    'contradicted',
  ]);
  expect(judged[0]!.reading).toBe('Read as: final valid f1, higher.');
  expect(judged[0]!.evidence).toMatch(/^Final valid f1: 0.88\d, mean of 3 runs \(learning rate 0.2\)/);
  expect(judged[2]!.evidence).toMatch(/^Mean valid bleu 4 of the last epochs: 2\d/);
});

it('which way is better is what the study declares, not what the name sounds like', () => {
  const claim = { kind: 'level', trial: 'baseline', measure: 'valid/f1.best', atMost: 0.5, reason: 'r' };
  const rise = { kind: 'curve', trial: 'baseline', criterion: { feature: 'rise', of: 'valid/f1' } };
  const of = (goal: string) => judge(study(goal), [claim, { ...rise, atLeast: 0.1, reason: 'r' }]);
  expect(of('minimize').map(({ verdict }) => verdict)).toEqual(['supported', 'supported']);
  expect(of('minimize')[1]!.reading).toMatch(/rise of the valid f1 after its minimum/);
  expect(of('maximize').map(({ verdict }) => verdict)).toEqual(['contradicted', 'contradicted']);
});

it('names that the study has not are refused with its own, at their line, and once more where claims are judged', () => {
  const records = study('maximize');
  const text = (claim: object, more: object = {}) =>
    stringify({ source: 's', ...more, claims: [{ id: 'a', sentence: 'b', scope: 'runs', ...claim }] });
  const read =
    (claim: object, more: object = {}) =>
    () =>
      parseClaims(text(claim, more), 'c.yaml', records.study);
  const good = { ...higher, measure: 'valid/f1' };
  expect(read(good)().claims).toHaveLength(1);
  expect(read({ ...good, trial: { learninRate: 0.2 } })).toThrow(
    /claims\.0\.trial\.learninRate \(line 8\)[\s\S]*one of learningRate, optimizer\n[\s\S]*did you mean learningRate/,
  );
  expect(read(good, { baseline: { lr: 0.1 } })).toThrow(/baseline\.lr/);
  expect(read({ ...good, measure: 'valid/f' })).toThrow(
    /claims\.0\.measure[\s\S]*one of valid\/f1, valid\/bleu\.4, valid\/f1\.final[\s\S]*did you mean valid\/f1/,
  );
  expect(read({ ...good, measure: { feature: 'mean', of: 'valid/g1', over: 2 } })).toThrow(
    /claims\.0\.measure\.of[\s\S]*did you mean valid\/f1/,
  );
  // Without the study nothing is known of a command's names; where claims are judged, it is.
  const blind = parseClaims(text({ ...good, measure: 'valid/f' }, { trainer: 'command' }));
  expect(() => judgeClaims(groupStudy(records), blind)).toThrow(/claims\.0\.measure[\s\S]*valid\/f1/);
  expect(() => parseClaims(text(good))).toThrow(/claims\.0\.measure/);
});

it('nothing is said of what no run measured: a threshold of an accuracy that is not there is not "not reached"', () => {
  const records = study('maximize');
  const [group] = groupStudy(records).trials;
  const reached = group!.summary(measureOf('epochsTo90'));
  expect(reached.perRun).toEqual([]);
  expect(summaryText(reached).text).toBe('–');
  const [claim] = judge(records, [{ ...higher, measure: 'epochsTo90', direction: 'lower' }]);
  expect(claim!.verdict).toBe('no verdict: not measured');
});
