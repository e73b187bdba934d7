import { describe, expect, it } from 'vitest';
import {
  again,
  best,
  byRate,
  clean,
  difference,
  flat,
  HIGH,
  judge,
  LOW,
  level,
  type MadeUp,
  madeUpStudy,
  order,
  RATES,
  rising,
  same,
  verdicts,
} from '../../../test/support/exampleClaims.js';

describe('claims about these runs', () => {
  const records = byRate(rising, 0, [0]);

  it.each([
    ['level', { ...level, value: 55, tolerance: 1 }, { ...level, value: 57, tolerance: 1 }],
    ['level with bounds', { ...level, atLeast: 55, atMost: 56 }, { ...level, atLeast: 55.1 }],
    ['difference', difference, { ...difference, direction: 'lower' }],
    [
      'difference of a size',
      { ...difference, atLeast: 5, atMost: 6, reason: 'r' },
      { ...difference, atLeast: 5.1, reason: 'r' },
    ],
    ['same', { ...same, margin: 5 }, { ...same, margin: 4.9 }],
    ['order', order, { ...order, trials: [LOW, HIGH, 'baseline'] }],
    ['best', best, { ...best, trial: LOW }],
    [
      'best among',
      { ...best, trial: 'baseline', among: ['baseline', LOW] },
      { ...best, trial: LOW, among: ['baseline', LOW] },
    ],
  ])('%s', (_, holds, fails) => {
    expect(verdicts(clean(judge(records, [holds, fails])))).toEqual(['supported', 'contradicted']);
  });

  it('an equal value is no difference, and no order', () => {
    const equal = byRate({ '0.01': 0.5, '0.05': 0.5, '0.2': 0.5 }, 0, [0]);
    expect(verdicts(judge(equal, [difference, { ...difference, direction: 'lower' }, order, best]))).toEqual(
      Array(4).fill('contradicted'),
    );
  });

  it('says the numbers, each once, in the order of the claim', () => {
    const [one, two] = judge(records, [difference, order]);
    expect(one!.evidence).toBe(
      'Mean validation accuracy of the last epochs: 60.00% (learning rate 0.2) and 55.00% (learning rate 0.05); difference +5.00 points.',
    );
    expect(two!.evidence).toContain('50.00% (learning rate 0.01), 55.00% (learning rate 0.05) and 60.00%');
  });

  it('of several seeds takes the mean and says how many', () => {
    const [claim] = judge(byRate(rising), [{ ...level, value: 55, tolerance: 0.1 }]);
    expect(claim!.verdict).toBe('supported');
    expect(claim!.evidence).toContain('55.00%, mean of 5 runs');
  });

  it('compares two measures of one trial', () => {
    const both = madeUpStudy({ factors: {}, seeds: [0] }, () => ({ validLoss: flat(3), trainLoss: flat(1) }));
    const claim = {
      ...difference,
      trial: 'baseline',
      measure: 'validLoss.last',
      thanMeasure: 'trainLoss.last',
    };
    expect(verdicts(clean(judge(both, [claim, { ...claim, direction: 'lower' }])))).toEqual([
      'supported',
      'contradicted',
    ]);
  });
});

it('a claim of configurations whose runs lean to one side says its doubt, and one whose runs do not says none', () => {
  const judgedWith = (high: readonly number[]) => {
    const study = madeUpStudy({ factors: RATES, seeds: [0, 1, 2, 3, 4] }, (run, { learningRate }) => ({
      validAccuracy: flat(
        learningRate === 0.2
          ? high[run.seed.label]!
          : 0.55 + [-0.001, 0, 0.001, 0.0005, -0.0005][run.seed.label]!,
      ),
    }));
    return judge(study, [{ ...difference, ...again }])[0]!;
  };
  const leaning = judgedWith([0.557, 0.5575, 0.558, 0.559, 0.57]);
  expect(leaning.evidence).toMatch(
    /Not to be trusted as it stands: (one side scatters [\d.]+ times as far|the runs lean to one side)/,
  );
  const even = judgedWith([0.559, 0.56, 0.561, 0.5605, 0.5595]);
  expect([even.verdict, even.evidence]).toEqual([
    'supported',
    expect.not.stringContaining('Not to be trusted'),
  ]);
});

describe('curves', () => {
  const epochs = Array.from({ length: 40 }, (_, i) => i + 1);
  // The loss falls to 1 at epoch 10 and rises by 0.05 an epoch to 2.5; accuracy is level from epoch 11 on, and jitters.
  const curves: MadeUp = {
    validLoss: epochs.map((t) => (t <= 10 ? 3 - 0.2 * t : 1 + 0.05 * (t - 10))),
    validAccuracy: epochs.map((t) => (t <= 10 ? 0.05 * t : 0.5 + (t % 2 === 0 ? 0.001 : -0.001))),
    trainLoss: epochs.map((t) => 4 / t),
  };
  const two = { factors: { schedule: ['cosine', 'constant'] }, seeds: [0] };
  const records = madeUpStudy(two, (_, { schedule }) =>
    schedule === 'constant'
      ? curves
      : { ...curves, validLoss: curves.validLoss!.map((loss, i) => (i < 20 ? loss! - 1 : loss! + 1)) },
  );
  const curve = (criterion: object, bounds: object) => ({
    kind: 'curve',
    trial: 'baseline',
    criterion,
    ...bounds,
    reason: 'r',
  });
  const lead = { feature: 'lead', of: 'validLoss', than: { schedule: 'cosine' }, direction: 'higher' };

  it.each([
    ['onset', { feature: 'onset', of: 'validLoss' }, { atLeast: 10, atMost: 10 }, { atMost: 9 }],
    ['rise', { feature: 'rise', of: 'validLoss' }, { atLeast: 1.42, atMost: 1.43 }, { atMost: 1.42 }],
    ['fall of an accuracy', { feature: 'rise', of: 'validAccuracy' }, { atMost: 0.2 }, { atLeast: 0.2 }],
    [
      'fluctuation',
      { feature: 'fluctuation', of: 'validAccuracy', over: 20 },
      { atLeast: 0.1, atMost: 0.11 },
      { atMost: 0.1 },
    ],
    [
      'plateau',
      { feature: 'plateau', of: 'validAccuracy', within: 1, window: 1 },
      { atMost: 10 },
      { atMost: 9 },
    ],
    [
      'change',
      { feature: 'change', of: 'validLoss', from: 20, window: 1 },
      { atLeast: 1, atMost: 1 },
      { atMost: 0.99 },
    ],
    ['setback', { feature: 'setback', of: 'validLoss', window: 1 }, { atLeast: 1.5 }, { atMost: 1.49 }],
    ['no setback', { feature: 'setback', of: 'trainLoss' }, { atMost: 0 }, { atLeast: 0.001 }],
    ['lead', lead, { atLeast: 50, atMost: 50 }, { atLeast: 51 }],
  ])('%s', (_, criterion, holds, fails) => {
    expect(verdicts(clean(judge(records, [curve(criterion, holds), curve(criterion, fails)])))).toEqual([
      'supported',
      'contradicted',
    ]);
  });

  it('a criterion that names an epoch is not held against shorter runs', () => {
    const claims = [
      { ...curve({ feature: 'onset', of: 'validLoss' }, { atMost: 150 }), bound: false },
      { ...curve({ feature: 'rise', of: 'validLoss' }, { atLeast: 1 }), bound: false },
    ];
    const [onset, rise] = clean(judge(records, claims, { epochs: 300 }));
    expect(onset).toMatchObject({ verdict: 'no verdict: runs of 40 epochs' });
    expect(rise!.verdict).toBe('supported');
    const [late] = judge(records, [curve({ feature: 'change', of: 'validLoss', from: 200 }, { atLeast: 0 })]);
    expect(late!.verdict).toBe('no verdict: not measured');
  });

  it('of configurations are tested over seeds', () => {
    const seeds = madeUpStudy({ factors: {}, seeds: [0, 1, 2, 3] }, (run) => ({
      validLoss: curves.validLoss!.map((loss, i) => loss! + (i > 20 ? 0.01 * run.seed.label : 0)),
    }));
    const rise = (bounds: object) => ({ ...curve({ feature: 'rise', of: 'validLoss' }, bounds), ...again });
    expect(
      verdicts(clean(judge(seeds, [rise({ atLeast: 1.2 }), rise({ atMost: 1.2 }), rise({ atLeast: 1.44 })]))),
    ).toEqual(['supported', 'contradicted', 'inconclusive']);
  });
});

describe('claims about what would happen again', () => {
  it.each([
    ['level', { ...level, value: 55, tolerance: 2 }, { ...level, value: 58, tolerance: 2 }],
    ['difference', difference, { ...difference, direction: 'lower' }],
    [
      'difference of a size',
      { ...difference, atLeast: 2, reason: 'r' },
      { ...difference, atLeast: 8, reason: 'r' },
    ],
    ['same', { ...same, margin: 8 }, same],
    ['order', order, { ...order, direction: 'falling' }],
    ['best', best, { ...best, trial: 'baseline' }],
  ])('%s', (_, holds, fails) => {
    expect(
      verdicts(
        clean(
          judge(byRate(rising), [
            { ...holds, ...again },
            { ...fails, ...again },
          ]),
        ),
      ),
    ).toEqual(['supported', 'contradicted']);
  });

  it('are inconclusive where seeds scatter, and equivalent only by a test', () => {
    const scattered = byRate(rising, 0.05);
    const near = byRate({ '0.01': 0.5, '0.05': 0.55, '0.2': 0.5501 });
    const claims = [difference, same, order, best, { ...level, value: 55, tolerance: 1 }].map((one) => ({
      ...one,
      ...again,
    }));
    expect(verdicts(clean(judge(scattered, claims)))).toEqual(Array(5).fill('inconclusive'));
    expect(verdicts(judge(near, claims.slice(0, 2)))).toEqual(['equivalent', 'supported']);
  });

  it('correct by Holm for all claims of the file that the study can judge', () => {
    // Alone it is found at 5%; among twenty others it is not.
    const records = byRate({ '0.01': 0.5, '0.05': 0.55, '0.2': 0.562 }, 0.005);
    const one = { ...difference, ...again };
    const none = { ...level, ...again, atLeast: 55 };
    expect(judge(records, [one])[0]!.verdict).toBe('supported');
    const family = judge(records, [one, ...Array.from({ length: 20 }, () => none)]);
    expect(family[0]!.verdict).toBe('inconclusive');
    const absent = { ...one, trial: { learningRate: 0.7 } };
    expect(judge(records, [one, ...Array.from({ length: 20 }, () => absent)])[0]!.verdict).toBe('supported');
  });

  it('do not depend on which of the two trials is named first', () => {
    const records = madeUpStudy({ factors: RATES, seeds: [0, 1, 2, 3, 4] }, (run, { learningRate }) => ({
      validAccuracy: flat(
        Number(learningRate) + (learningRate === 0.2 ? 0.03 : 0.001) * (((run.seed.label * 3) % 5) - 2),
      ),
    }));
    const mirrored = { ...difference, trial: 'baseline', than: HIGH, direction: 'lower' };
    const [one, two] = judge(
      records,
      [difference, mirrored].map((claim) => ({ ...claim, ...again })),
    );
    expect(one!.verdict).toBe('supported');
    expect(two!.verdict).toBe('supported');
    const p = /p after Holm \S+/.exec(one!.evidence)![0];
    expect(two!.evidence).toContain(p);
    expect(one!.evidence).toContain('minus learning rate 0.05 +15.00 points, 95% interval [9.1');
    expect(two!.evidence).toContain('minus learning rate 0.2 −15.00 points, 95% interval [−20.8');
  });

  it('are tested at the level of the look', () => {
    const records = byRate({ '0.01': 0.5, '0.05': 0.55, '0.2': 0.562 }, 0.005);
    const row = { look: 1, at: '2026-01-01', runsBefore: 6, runsAfter: 15, change: 'seeds' };
    const claim = { ...difference, ...again };
    expect(judge(records, [claim])[0]!.verdict).toBe('supported');
    expect(judge({ ...records, looks: [row] }, [claim])[0]!.verdict).toBe('inconclusive');
  });

  it('say interval, n and p', () => {
    const [claim] = judge(byRate(rising), [{ ...difference, ...again }]);
    expect(claim!.evidence).toMatch(
      /Learning rate 0\.2 minus learning rate 0\.05 \+5\.00 points, 95% interval \[4\.54, 5\.46\] points \(Welch's t, n = 5 and 5\), p after Holm < 0\.001/,
    );
  });
});
