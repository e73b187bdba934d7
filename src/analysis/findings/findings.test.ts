import { describe, expect, it } from 'vitest';
import { type Ending, madeSearch, madeStudy } from '../../../test/support/madeStudy.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { declaredMeasure } from '../measures/measures.js';
import { groupStudy } from '../trials/study.js';
import { type Finding, isDeclared } from '../words/results.js';
import { compareTrials } from './compareTrials.js';
import { decideContrasts, measureContrast } from './decide.js';
import { declaredFamily } from './family.js';
import { verdictCounts } from './verdictCounts.js';

/** Three seeds around a centre, a deviation of 0.3. */
const around = (centre: number, { seed }: Run) => centre + [-0.3, 0, 0.3, 0.15, -0.15][seed.label % 5]!;
const ONE = 'factors: { learningRate: [0.01, 0.05, 0.2] }\nseeds: 3\n';
const GRID =
  'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\nseeds: 3\ninteractions: [[schedule, weightDecay]]\n';

const rate = ({ trial }: Run) => trial.levels.learningRate as number;
const confirmed = (findings: readonly Finding[]) => findings.filter(isDeclared);
const words = (text: string, ending: (run: Run) => Ending) =>
  confirmed(analyse(madeStudy(text, ending)).findings).map(({ id, verdict }) => `${id} ${verdict}`);

describe('the confirmatory family of a one-factor study', () => {
  const study = madeStudy(ONE, (run) => around({ 0.01: 50, 0.05: 55, 0.2: 55.2 }[rate(run)]!, run));
  const { findings, statements } = analyse(study);
  const [low, high] = confirmed(findings);

  it('holds each level against the baseline, with estimate, interval, n, p and what was held', () => {
    expect(confirmed(findings)).toHaveLength(2);
    expect(low).toMatchObject({
      id: 'learningRate=0.01:validAccuracy',
      verdict: 'supported',
      sentence:
        'Learning rate 0.01 gives a lower mean validation accuracy of the last epochs than 0.05 (the baseline), by 5.00 points.',
      unit: 'points',
      n: [3, 3],
      method: "Welch's t",
      held: 'schedule constant, weight decay 0, activation relu, mobilenet of width 0.25, sgd, 4 epochs, batch size 128',
    });
    // By R: t.test(c(49.7, 50, 50.3), c(54.7, 55, 55.3)): t = -20.412, df = 4, p = 3.404e-05, [-5.680, -4.320].
    expect(low!.estimate).toBeCloseTo(-0.05, 11);
    expect(low!.interval!.low).toBeCloseTo(-0.056801, 5);
    expect(low!.p).toBeCloseTo(3.404e-5, 7);
    expect(low!.holmP).toBeGreaterThanOrEqual(2 * low!.p!);
    // Three pairs say next to nothing about a probability.
    expect(low!.improvement).toBeNull();
  });

  it('tells what is the same from what is open, and how many seeds would decide', () => {
    expect(high!.verdict).toBe('equivalent');
    expect(high!.sentence).toMatch(
      /^Learning rate 0.2 and 0.05 \(the baseline\) give the same .*, to within 1 point\.$/,
    );
    const wide = (run: Run) => around(rate(run) === 0.2 ? 56 : 55, run) + 3 * (around(0, run) + 0);
    const open = confirmed(analyse(madeStudy(ONE, wide)).findings)[1]!;
    expect(open.verdict).toBe('inconclusive');
    expect(open.sentence).toMatch(
      /is not decided: the difference is \+1\.00 points, and the data fit anything from/,
    );
    expect(open.notes.join(' ')).toMatch(
      /^To find a difference of 1 point: \d+ seeds per trial, by a deviation of \d\.\d\d points\.$/,
    );
  });

  it('says what holds for all of them', () => {
    expect(statements.join('\n')).toMatch(/2 declared comparisons, Holm’s correction at 5%/);
    expect(statements.join('\n')).toMatch(/conditional on this split/);
    expect(statements.join('\n')).not.toMatch(/Correlation/);
    expect(statements.join('\n')).toMatch(
      /with 3 runs per trial a share of collapsed runs of up to 63% could/,
    );
    expect(verdictCounts(findings)).toBe('2 declared comparisons: 1 supported; 1 equivalent');
  });

  it('has exploratory measures with no word but "suggests"', () => {
    const explored = findings.filter(({ family }) => family === 'exploratory');
    expect(explored.length).toBeGreaterThan(4);
    expect(new Set(explored.map(({ verdict }) => verdict))).toEqual(new Set(['suggests', null]));
    expect(explored.every((one) => one.kind !== 'difference' || (one.p === null && one.holmP === null))).toBe(
      true,
    );
    expect(explored.some(({ measure }) => measure.startsWith('test'))).toBe(false);
  });
});

describe('an exploratory measure that may not suggest', () => {
  const centre = (run: Run) => (rate(run) === 0.2 ? 60 : 55);
  const explored = (text: string, ending: (run: Run) => Ending) =>
    analyse(madeStudy(text, ending)).findings.filter(
      ({ id }) => id.startsWith('learningRate=0.2:') && !id.endsWith(':validAccuracy'),
    );
  const last = (run: Run) => rate(run) === 0.2 && run.seed.label === 3;
  const four = ONE.replace('seeds: 3', 'seeds: 4');

  it('while a declared seed is open', () => {
    const whole = explored(four, (run) => around(centre(run), run));
    expect(whole.map(({ verdict }) => verdict)).toContain('suggests');
    for (const end of ['missing', 'interrupted', 'failed'] as const) {
      const open = explored(four, (run) => (last(run) ? end : around(centre(run), run)));
      expect(open.map(({ verdict }) => verdict)).not.toContain('suggests');
      expect(open.find(({ measure }) => measure === 'validLoss.last')!.notes.join(' ')).toMatch(/So far/);
    }
  });

  it('says that its interval includes 0 only where it does', () => {
    for (const end of ['missing', 'diverged'] as const) {
      const found = explored(four, (run) => (last(run) ? end : around(centre(run), run)));
      const differences = found.filter((one) => one.kind === 'difference');
      expect(differences.some(({ interval }) => interval !== null && interval.high < 0)).toBe(true);
      for (const { interval, sentence } of differences) {
        if (interval === null) continue;
        expect(/includes 0/.test(sentence), sentence).toBe(interval.low <= 0 && interval.high >= 0);
      }
    }
    const compared = compareTrials(
      analyse(madeStudy(four, (run) => (last(run) ? 'diverged' : around(centre(run), run)))),
      'learningRate=0.2',
      'learningRate=0.01',
    )!;
    expect(compared.interval!.low).toBeGreaterThan(0);
    expect(compared.sentence).toMatch(/; its interval: \+/);
  });
});

describe('a factorial study', () => {
  const at = (run: Run, cells: readonly [number, number, number, number]) =>
    around(
      cells[(run.trial.levels.schedule === 'cosine' ? 2 : 0) + (run.trial.levels.weightDecay === 0 ? 0 : 1)]!,
      run,
    );

  it('depends on the other factor where the interaction and opposite effects are confirmed', () => {
    const study = madeStudy(GRID, (run) => at(run, [50, 54, 54, 50]));
    const all = confirmed(analyse(study).findings);
    // The interaction, with its simple effects, stands before the means over it.
    expect(all.map(({ contrast, verdict }) => [contrast.kind, verdict])).toEqual([
      ['interaction', 'depends on weight decay'],
      ['level', 'depends on weight decay'],
      ['level', 'depends on schedule'],
    ]);
    expect(all[1]!.sentence).toBe(
      'The effect of schedule cosine against constant on the mean validation accuracy of the last epochs depends on the weight decay: +4.00 points [+3.32, +4.68] at weight decay 0, but −4.00 points [−4.68, −3.32] at weight decay 0.01.',
    );
    expect(all[1]!.notes[0]).toMatch(/mean over the levels of weight decay, and describes none of them/);
    expect(all[0]!.estimate).toBeCloseTo(-0.08, 11);
    expect(all[0]!.simple.map(({ where, estimate }) => [where, Math.round(1e6 * estimate) / 1e6])).toEqual([
      ['weight decay 0', 0.04],
      ['weight decay 0.01', -0.04],
    ]);
    expect(all[0]!.sentence).toBe(
      'Schedule cosine against constant changes the mean validation accuracy of the last epochs by +4.00 points [+3.32, +4.68] at weight decay 0, but −4.00 points [−4.68, −3.32] at weight decay 0.01. Weight decay 0.01 against 0 changes the effect of schedule cosine against constant on the mean validation accuracy of the last epochs, by −8.00 points.',
    );
  });

  it('and where one effect is confirmed and the other equivalent to zero', () => {
    expect(words(GRID, (run) => at(run, [50, 50.05, 50, 54]))[1]).toMatch(/depends on weight decay$/);
  });

  it('depends in size only where both effects have one sign, and the mean says what it averages', () => {
    const study = madeStudy(GRID, (run) => at(run, [50, 50, 53, 58]));
    expect(confirmed(analyse(study).findings).map(({ verdict }) => verdict)).toEqual([
      'depends on schedule',
      'supported, in size dependent on weight decay',
      'depends on schedule',
    ]);
    const [, schedule] = confirmed(analyse(study).findings);
    expect(schedule!.sentence).toMatch(
      /^Schedule cosine gives a higher .* than constant \(the baseline\) on average over weight decay, by 5\.50 points: it averages \+3\.00 points \[.*\] at weight decay 0 and \+8\.00 points \[.*\] at weight decay 0\.01\.$/,
    );
  });

  it('has no interaction where an effect is significant here and not there, but the interaction is not', () => {
    const wide = (run: Run) => 4 * around(0, run);
    const cells = words(GRID, (run) => at(run, [50, 50.6, 51.3, 53]) + wide(run) / 2);
    expect(cells.some((one) => one.includes('depends'))).toBe(false);
  });
});

describe('a crossed design without the baseline’s level', () => {
  it('has nothing to hold its levels against', () => {
    const whole = madeStudy(GRID, (run) => around(50, run));
    // As a study file of an earlier version may hold it: weight decay 0 is the baseline's, and is not crossed.
    const factors = whole.study.factors.map((factor) =>
      factor.path === 'weightDecay' ? { ...factor, levels: [0.001, 0.01] } : factor,
    );
    const { findings } = analyse({ ...whole, study: { ...whole.study, factors } });
    const found = confirmed(findings).filter(({ id }) => id.includes('weightDecay'));
    expect(found.map(({ verdict }) => verdict)).toEqual(Array(4).fill('not testable'));
    expect(found[0]!.sentence).toMatch(/the design does not cross weight decay 0, the baseline’s level/);
    expect(found.every(({ estimate, p }) => estimate === null && p === null)).toBe(true);
  });
});

describe('what a study declares besides', () => {
  it('explicit trials stand against the baseline', () => {
    const text = `${ONE}trials:\n  - { learningRate: 0.2, schedule: cosine }\n`;
    expect(words(text, (run) => around(run.trial.isExplicit ? 60 : 55, run)).at(-1)).toBe(
      'trial learningRate=0.2,schedule=cosine:validAccuracy supported',
    );
  });

  it('a look after results is tested at its own level, and said', () => {
    const records = madeStudy(ONE, (run) => around(rate(run) === 0.2 ? 56.05 : 55, run));
    const first = confirmed(analyse({ ...records }).findings)[1]!;
    const row = { look: 1, at: '2026-01-01', runsBefore: 6, runsAfter: 9, change: 'one seed' };
    const again = analyse({ ...records, looks: [row] });
    expect(first.verdict).toBe('supported');
    expect(confirmed(again.findings)[1]!.verdict).toBe('inconclusive');
    expect(confirmed(again.findings)[1]!.sentence).toMatch(
      /is not decided at the level of look 2 \(p 0\.01\d, level 0\.8%\): the difference/,
    );
    expect(again.statements.join(' ')).toMatch(/this is look 2, tested at 0\.8% in place of 5%/);
    const levelOf = (looks: number) =>
      decideContrasts(
        { ...records, looks: Array<typeof row>(looks).fill(row) },
        declaredFamily(groupStudy(records)).contrasts.map((contrast) => ({
          contrast,
          measured: measureContrast(records.study, contrast, declaredMeasure(records.study.metric)),
          usable: true,
        })),
      ).map((decision) => decision.status === 'ok' && decision.alpha);
    // What docs/statistics.md says: 0.05 where nothing was added, then 0.2 / 5^k.
    for (const [looks, alpha] of [0.05, 0.008, 0.0016].entries())
      for (const level of levelOf(looks)) expect(level).toBeCloseTo(alpha, 12);
  });

  it('pairs where it was declared, and only then', () => {
    const shared = (run: Run) => 50 + 3 * run.seed.label + (rate(run) === 0.2 ? 2 + 0.1 * run.seed.label : 0);
    const [, free] = confirmed(analyse(madeStudy(ONE, shared)).findings);
    const [, paired] = confirmed(analyse(madeStudy(`${ONE}pairing: paired\n`, shared)).findings);
    expect([free!.verdict, free!.method]).toEqual(['inconclusive', "Welch's t"]);
    expect([paired!.verdict, paired!.method]).toEqual(['supported', 'paired t']);
  });

  it('searched nuisance levels carry no verdict', () => {
    const text =
      'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: { values: [0, 0.01], role: nuisance } }\nseeds: 2\n';
    const searched = madeSearch(text, (run) => around(rate(run) * 50, run), false);
    const { findings, statements } = analyse(searched);
    expect(searched.search!.runs).toHaveLength(4);
    expect(confirmed(findings).map(({ verdict, estimate }) => [verdict, estimate])).toEqual([
      ['not run', null],
    ]);
    expect(statements[0]).toMatch(/Searched runs carry no verdict/);
  });
});
