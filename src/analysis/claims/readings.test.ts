/** Our reading of a claim is told as ours; where a neighbouring one turns the verdict, both are told. */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  again,
  best,
  byRate,
  difference,
  flat,
  HIGH,
  judge,
  LOW,
  level,
  madeUpStudy,
  order,
  RATES,
  rising,
  same,
} from '../../../test/support/exampleClaims.js';
import { fragileTexts } from './list.js';
import { parseClaims } from './parse.js';

const accuracies = byRate(rising);

it('a limit is printed with its reason as our reading, never as the source’s words', () => {
  const [claim] = judge(accuracies, [{ ...level, atLeast: 50, reason: 'Half of all images.' }]);
  expect(claim!.reading).toBe(
    'Read as: mean validation accuracy of the last epochs, at least 50.00%. Our reason: Half of all images.',
  );
  expect(claim!.evidence).not.toMatch(/claimed|at least/);
});

describe('a verdict that turns under a neighbouring reading is fragile', () => {
  it('under half or twice the limit', () => {
    const by = (atLeast: number) => judge(accuracies, [{ ...difference, atLeast, reason: 'r' }])[0]!;
    expect(by(4)).toMatchObject({
      verdict: 'supported',
      fragile: [{ what: 'with the limit doubled, higher by at least 8.00 points' }],
    });
    expect(by(6)).toMatchObject({
      verdict: 'contradicted',
      fragile: [{ what: 'with the limit halved, higher by at least 3.00 points' }],
    });
    expect(by(1).fragile).toEqual([]);
    // The numbers are those of the evidence: they are not said again.
    expect(fragileTexts(by(4))).toEqual([
      'Fragile: contradicted with the limit doubled, higher by at least 8.00 points.',
    ]);
  });

  it('of a high accuracy by its distance from 100%', () => {
    const high = madeUpStudy({ factors: RATES, seeds: [0] }, () => ({ trainAccuracy: flat(0.96) }));
    const of = (atLeast: number) => judge(high, [{ ...level, measure: 'trainAccuracy.last', atLeast }])[0]!;
    expect(of(95)).toMatchObject({
      verdict: 'supported',
      fragile: [{ what: 'with the limit halved, at least 97.50%' }],
    });
    expect(of(90).fragile).toEqual([]);
  });

  it('at another threshold of the training accuracy, with both readings’ numbers', () => {
    // Reaches 50% later and 90% sooner than the baseline.
    const curve = (late: number, steep: number) =>
      Array.from({ length: 30 }, (_, i) => Math.min(0.999, Math.max(0.01, (i - late) * steep)));
    const study = madeUpStudy({ factors: RATES, seeds: [0] }, (_, levels) => ({
      trainAccuracy: levels.learningRate === 0.2 ? curve(6, 0.15) : curve(0, 0.06),
    }));
    const [claim] = judge(study, [{ ...difference, measure: 'epochsTo90', direction: 'lower' }]);
    expect(claim!.verdict).toBe('supported');
    expect(claim!.fragile).toMatchObject([{ what: 'by another measure', verdict: 'contradicted' }]);
    expect(claim!.fragile[0]!.evidence).toMatch(
      /Epochs to 50% training accuracy: 11 \(learning rate 0\.2\) and 10 \(learning rate 0\.05\)/,
    );
    expect(fragileTexts(claim!)).toEqual([
      expect.stringMatching(
        /^Fragile: contradicted by another measure \(Epochs to 50% training accuracy: 11 .*\)\.$/,
      ),
    ]);
  });
});

it('a claim of several halves holds only where all of them do', () => {
  const parts = [
    { ...difference, trial: HIGH },
    { ...difference, trial: LOW },
  ];
  const of = (ids: string[]) => ({ kind: 'all', of: ids });
  const [, , both] = judge(accuracies, [...parts, of(['c0', 'c1'])]);
  expect(both).toMatchObject({ verdict: 'contradicted' });
  expect(both!.evidence).toBe(
    'It holds only if all of its parts do: c0 is supported and c1 is contradicted.',
  );
  const [, , near] = judge(accuracies, [
    { ...parts[0]!, atLeast: 4, reason: 'r' },
    { ...parts[0]! },
    of(['c0', 'c1']),
  ]);
  expect(near!.fragile).toMatchObject([
    { what: 'in its part c0, with the limit doubled, higher by at least 8.00 points' },
  ]);
  const [, , open] = judge(byRate(rising, 0.002, [0]), [
    parts[0]!,
    { ...parts[0]!, ...again },
    of(['c0', 'c1']),
  ]);
  expect(open!.verdict).toBe('no verdict: parts without one');
  expect(() => judge(accuracies, [...parts, of(['c0', 'c9'])])).toThrow(/there is no such part/);
});

it('every claim is bound to the protocol of its file, unless it says otherwise', () => {
  const bound = [
    { ...level, atLeast: 50 },
    difference,
    { ...order, ...again },
    { ...same, margin: 50 },
    { ...best, among: ['baseline', LOW] },
  ];
  const claims = [...bound, ...bound.map((one) => ({ ...one, bound: false }))];
  const words = (more: Readonly<Record<string, unknown>>) =>
    judge(accuracies, claims, more).map(({ verdict }) => verdict);
  const judged = Array(10).fill('supported');
  const refused = [...Array(5).fill('no verdict: another protocol'), ...Array(5).fill('supported')];
  expect(words({ dataset: 'synthetic', epochs: 30 })).toEqual(judged);
  expect(words({ epochs: 30 })).toEqual(judged);
  expect(words({ dataset: 'cifar100', epochs: 30 })).toEqual(refused);
  expect(words({ dataset: 'synthetic', epochs: 300 })).toEqual(refused);
  expect(words({ epochs: 300 })).toEqual(refused);
});

it('a tendency says that the runs are of another protocol, and a mechanism has none', () => {
  const evidence = (more: Readonly<Record<string, unknown>>) =>
    judge(accuracies, [{ ...difference, bound: false }], more)[0]!.evidence;
  const note = (asked: string, own: string) =>
    `Held as a tendency: the claim speaks of runs of ${asked}, and these are of ${own}.`;
  expect(evidence({ epochs: 300 })).toContain(note('300 epochs', '30 epochs'));
  expect(evidence({ dataset: 'cifar100' })).toContain(note('cifar100', 'the dataset synthetic'));
  expect(evidence({ dataset: 'synthetic', epochs: 30 })).not.toMatch(/tendency/);
  expect(() => judge(accuracies, [{ kind: 'mechanism', why: 'w', bound: true }])).toThrow(/bound/);
});

it('the form of a claims file knows the new keys', () => {
  const text =
    'source: s\ndataset: d\nclaims: [{ id: a, sentence: s, scope: runs, kind: level, trial: baseline, measure: { feature: mean, of: validLoss, over: 5 }, atMost: 3, reason: r, bound: true }]';
  expect(parseClaims(text).claims[0]).toMatchObject(parse(text).claims[0]);
});
