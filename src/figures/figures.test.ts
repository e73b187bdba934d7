import { JSDOM } from 'jsdom';
import { beforeAll, describe, expect, it } from 'vitest';
import { exampleRun, exampleStudy } from '../../test/support/exampleStudy.js';
import { analysed, crossedStudy, withDeadTrial } from '../../test/support/figureStudies.js';
import { measureOf } from '../analysis/measures/measures.js';
import { crossedCells, crossedPairs } from '../analysis/trials/crossed.js';
import { levelGroups } from '../analysis/trials/levels.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { minOf } from '../base/extremes.js';
import { type Drawn, type FigureContext, fitText, textWidth, wrapText } from './canvas.js';
import { comparisonFigure, facetFigure } from './comparisonFigure.js';
import { cellCurves, facetsOf } from './crossedCells.js';
import { type CurveLook, curveAxes } from './curveSeries.js';
import { gradientFigure } from './gradientFigure.js';
import { interactionFigure } from './interactionFigure.js';
import { levelFigure } from './levelFigure.js';
import { makeDocument } from './node/document.js';
import { colourScale, PALETTE } from './palette.js';
import { type RowSection, rowsCaption, rowsFigure } from './rowsFigure.js';
import { scatterFigure } from './scatterFigure.js';
import { scheduleFigure } from './scheduleFigure.js';

const last = measureOf('validAccuracy.last');
const one = exampleStudy({ factors: { learningRate: [0.01, 0.05] }, seeds: [0] });
const seeds = exampleStudy({ factors: { learningRate: [0.01, 0.05] }, seeds: [0, 1, 2], epochs: 6 });
const grid = exampleStudy({
  method: 'grid',
  factors: { weightDecay: [0, 0.01], schedule: ['cosine', 'constant'] },
  seeds: [0, 1],
});
const groupsOf = (records: typeof one, factor = 0) => levelGroups(records, records.study.factors[factor]!);
const colour = colourScale(['learningRate=0.01', 'baseline'], ['baseline']);
let context: FigureContext;
beforeAll(async () => {
  context = { document: await makeDocument() };
});

/** As drawn, one element per line, so that a change of a figure reads well; and its caption. */
const lines = (made: Drawn | null) => made && { ...made, svg: made.svg.replace(/></g, '>\n<') };

const NO_TROUBLES = { collapsed: new Set<never>(), notLearned: new Map<never, never>() };
const lookOf = (records: { readonly runs: RunGroup['runs'] }): CurveLook => ({
  colourOf: colour,
  axes: curveAxes(records.runs, NO_TROUBLES),
  troubles: NO_TROUBLES,
});
const sections = (groups: readonly RunGroup[]) => [{ heading: null, groups }];
const rows = (own: readonly RowSection[], look: CurveLook): Drawn | null => {
  const made = rowsFigure(context, own, { ...look, measure: last, title: 'levels' });
  return made && { svg: made.svg, caption: rowsCaption('Accuracy', own, last, made.range) };
};
const range = { min: 0.01, max: 0.05, distribution: 'log-uniform' };
const scatterLook = { colour: '#0072B2', troubles: NO_TROUBLES, range };

describe('figures as they are drawn', () => {
  it('the curves of one run', () => {
    expect(lines(levelFigure(context, groupsOf(one)[0]!, lookOf(one)))).toMatchSnapshot();
  });
  it('the curves of a level with seeds', () => {
    expect(lines(levelFigure(context, groupsOf(seeds)[1]!, lookOf(seeds)))).toMatchSnapshot();
  });
  it('a comparison', () => {
    const about = { title: 'learning rate' };
    expect(lines(comparisonFigure(context, groupsOf(seeds), about, lookOf(seeds)))).toMatchSnapshot();
  });
  it('gradient norms', () => {
    const tensors = ['layers.8.conv1.weight'];
    expect(lines(gradientFigure(context, groupsOf(seeds), tensors, lookOf(seeds)))).toMatchSnapshot();
  });
  it('a measure per level', () => {
    expect(lines(rows(sections(groupsOf(seeds)), lookOf(seeds)))).toMatchSnapshot();
  });
  it('an interaction', () => {
    const cells = crossedCells(grid, crossedPairs(grid)[0]!);
    const about = { factors: ['weightDecay', 'schedule'], measure: last } as const;
    const colours = colourScale(['schedule=cosine', 'schedule=constant']);
    const look = { colourOf: colours, troubles: NO_TROUBLES };
    expect(lines(interactionFigure(context, cells, about, look))).toMatchSnapshot();
  });
  it('a searched factor', () => {
    expect(lines(scatterFigure(context, groupsOf(seeds), last, scatterLook))).toMatchSnapshot();
  });
});

it('dashes have gaps: no dashed line has round ends', () => {
  const comparison = comparisonFigure(context, groupsOf(seeds), { title: 'learning rate' }, lookOf(seeds));
  const level = levelFigure(context, groupsOf(seeds)[1]!, lookOf(seeds));
  const all = [comparison, level].flatMap((made) => made?.svg.match(/<[^>]*stroke-dasharray[^>]*>/g) ?? []);
  expect(all.length).toBeGreaterThan(6);
  expect(all.filter((one) => one.includes('stroke-linecap="round"'))).toEqual([]);
});

/** Every number of a figure is finite. */
function sound(made: Drawn | null): void {
  if (made !== null) expect(`${made.svg} ${made.caption}`).not.toMatch(/NaN|Infinity|undefined/);
}

describe('broken studies', () => {
  const group = (runs: RunGroup['runs']): RunGroup => groupsOf(one)[0]!.with({ runs });

  it('a diverged run is drawn until it diverged, and marked', () => {
    const run = exampleRun(
      { trainLoss: [3, 1e30], validLoss: [3, null], validAccuracy: [0.1, 0.2] },
      { status: 'diverged' },
    );
    const [, baseline] = groupsOf(one);
    const axes = curveAxes([run, ...baseline!.runs], NO_TROUBLES);
    expect(axes.loss.domain[1]).toBeLessThan(20);
    const look = { colourOf: colour, axes, troubles: NO_TROUBLES };
    const made = levelFigure(context, group([run]), look);
    const { svg } = made;
    sound(made);
    const ordinates = [...svg.matchAll(/[ML]-?[\d.]+,(-?[\d.]+)/g)].map(([, y]) => Number(y));
    // A symbol is drawn around its own origin: a few pixels below 0 are right, a curve beyond the panel is not.
    expect(minOf(ordinates)).toBeGreaterThan(-10);
    expect(svg).toContain('diverged (the loss is not finite in epoch 3)');
    sound(levelFigure(context, group([run]), { ...look, axes: curveAxes([run], NO_TROUBLES) }));
  });

  it.each([
    ['no run', []],
    ['no epoch', [exampleRun({})]],
    ['one epoch', [exampleRun({ trainLoss: [1], validLoss: [1], validAccuracy: [0.5] })]],
    ['empty and NaN cells', [exampleRun({ trainLoss: [Number.NaN, 1], validLoss: [null, null] })]],
    ['constant curves', [0, 1].map(() => exampleRun({ validLoss: [1, 1], validAccuracy: [0, 0] }))],
    ['runs of unequal length', [exampleRun({ validLoss: [1, 2] }), exampleRun({ validLoss: [1, 2, 3] })]],
  ] as const)('%s', (_, runs) => {
    const groups = [group(runs)];
    const look = lookOf({ runs });
    sound(levelFigure(context, groups[0]!, look));
    sound(comparisonFigure(context, groups, { title: 'learning rate' }, look));
    sound(rows(sections(groups), look));
    sound(scatterFigure(context, groups, last, scatterLook));
  });

  it('rates and norms that are not finite, or are not there', () => {
    const gradients = [
      { epoch: 1, norms: { a: 0.5 } },
      { epoch: 2, norms: { a: Number.NaN } },
    ];
    const broken = group([
      exampleRun({ learningRate: [0.1, Number.NaN, 0.1], validLoss: [1, 2, 3] }, { gradients }),
    ]);
    const falling = group([
      exampleRun({ learningRate: [0.1, 0.05, 0.02], validLoss: [1, 2, 3] }, { gradients }),
    ]);
    const look = lookOf({ runs: [...broken.runs, ...falling.runs] });
    const figures = [
      gradientFigure(context, [broken, falling], ['a'], look),
      scheduleFigure(context, [broken, falling], look),
    ];
    for (const figure of figures) {
      expect(figure).not.toBeNull();
      sound(figure);
    }
    expect(gradientFigure(context, [group([])], ['a'], look)).toBeNull();
    expect(scheduleFigure(context, [group([]), falling], look)).toBeNull();
  });

  it('figures without any value are left out', () => {
    const look = lookOf(one);
    expect(rows(sections([group([])]), look)).toBeNull();
    expect(gradientFigure(context, groupsOf(one), ['no.such'], look)).toBeNull();
    expect(scheduleFigure(context, groupsOf(one), look)).toBeNull();
    expect(interactionFigure(context, [], { factors: ['a', 'b'], measure: last }, look)).toBeNull();
  });
});

it('text from users is text, never markup', () => {
  const groups = [groupsOf(one)[0]!.with({ fullLabel: '<script>alert(1)</script>' })];
  const { svg } = comparisonFigure(context, groups, { title: '<script>' }, lookOf(one));
  expect(svg).not.toContain('<script>');
});

it('the baseline is grey, and no two of twelve levels share a colour', () => {
  const keys = Array.from({ length: 13 }, (_, i) => `trial ${i}`);
  const scale = colourScale(keys, ['trial 0']);
  expect(new Set(keys.map(scale)).size).toBe(13);
  expect(scale('trial 0')).toBe('#4d4d4d');
});

const texts = (svg: string) => [...svg.matchAll(/>([^<>]+)<\/(?:text|tspan)>/g)].map(([, text]) => text!);

describe('crossed designs', () => {
  const look = (analysis: ReturnType<typeof analysed>): CurveLook => ({
    colourOf: colourScale(['learningRate=0.01', 'learningRate=0.05', 'learningRate=0.2']),
    axes: curveAxes(analysis.records.runs, analysis.troubles),
    troubles: analysis.troubles,
  });

  it('a factor’s curves are small multiples by the other factor, and every line is one trial', () => {
    const analysis = analysed(crossedStudy());
    const { shown, folded } = facetsOf(analysis, analysis.factors[0]!.factor);
    expect(shown.map(({ label }) => label)).toEqual(['weight decay 0', 'weight decay 0.01']);
    expect(folded).toEqual([]);
    for (const { groups } of shown) {
      expect(groups.map(({ label }) => label)).toEqual(['0.01', '0.05', '0.2']);
      for (const { runs } of groups) expect(new Set(runs.map(({ record }) => record.trialName)).size).toBe(1);
    }
    const { svg, caption } = facetFigure(context, shown, { title: 'learning rate' }, look(analysis))!;
    expect(texts(svg)).toContain('weight decay 0.01: validation accuracy');
    expect(caption).toContain('every line is one trial, none a mean over trials');
  });

  it('of more than six combinations shows the six that the findings speak of: baseline, best, dead', () => {
    const rates = [0.01, 0.02, 0.05, 0.1, 0.2];
    const analysis = analysed(withDeadTrial(crossedStudy(rates), 'learningRate=0.1,weightDecay=0.01'));
    const { shown, folded } = cellCurves(analysis);
    expect([shown.length, folded.length]).toEqual([6, 4]);
    const names = shown.map(({ name }) => name);
    expect(names).toContain('learningRate=0.1,weightDecay=0.01');
    expect(names).toContain(analysis.best!.trial!.name);
    expect(shown.some(({ isBaseline }) => isBaseline)).toBe(true);
    expect(new Set([...shown, ...folded].map(({ name }) => name)).size).toBe(10);
  });

  it('a cell that did not learn is marked in its curves, in comparisons, levels and interactions', () => {
    const dead = 'learningRate=0.2,weightDecay=0.01';
    const analysis = analysed(withDeadTrial(crossedStudy(), dead));
    const own = look(analysis);
    const cell = cellCurves(analysis).shown.find(({ name }) => name === dead)!;
    const curves = levelFigure(context, cell, own);
    expect(curves.caption).toMatch(/^Learning rate 0.2, weight decay 0.01: did not learn\./);
    expect(texts(curves.svg)).toContain('Accuracy: did not learn');
    const { shown } = facetsOf(analysis, analysis.factors[0]!.factor);
    const facets = texts(facetFigure(context, shown, { title: 'learning rate' }, own)!.svg);
    expect(facets).toContain('0.2†');
    expect(facets.join(' ')).toContain(
      '† learning rate 0.2, weight decay 0.01: did not learn (its runs predict one class',
    );
    const levels = rows(
      shown.map(({ label, groups }) => ({ heading: label, groups })),
      own,
    )!;
    expect(texts(levels.svg)).toContain('0.2: did not learn (one class)');
    const [{ factors, cells } = { factors: [], cells: [] }] = analysis.crossings;
    const about = { factors: [factors[0]!.path, factors[1]!.path], measure: last } as const;
    const crossed = interactionFigure(context, cells, about, own)!;
    expect(texts(crossed.svg).join(' ')).toContain('learning rate 0.2, weight decay 0.01: did not learn (');
    expect(texts(crossed.svg)).toContain('did not learn, or collapsed');
  });

  it('a cell whose loss explodes leaves the axis to those that learned, and only its figures speak of it', () => {
    const dead = 'learningRate=0.2,weightDecay=0.01';
    const exploding = (epoch: number) => (epoch === 1 ? 5 : 10 ** epoch);
    const records = withDeadTrial(crossedStudy(), dead, exploding);
    const analysis = analysed(records);
    const own = look(analysis);
    const learned = records.runs.filter((run) => !analysis.troubles.notLearned.has(run));
    const highest = learned.flatMap(({ metrics }) =>
      metrics.flatMap(({ trainLoss, validLoss }) => [trainLoss ?? 0, validLoss ?? 0]),
    );
    expect(own.axes.loss.domain[1]).toBeLessThan(1.3 * highest.reduce((a, b) => Math.max(a, b)));
    const drawn = cellCurves(analysis).shown.map((cell) => ({ cell, made: levelFigure(context, cell, own) }));
    for (const { cell, made } of drawn) {
      const isDead = cell.name === dead;
      expect(texts(made.svg).includes('beyond the axis')).toBe(isDead);
      expect(/A triangle: a loss beyond the axis/.test(made.caption)).toBe(isDead);
      expect(
        texts(made.svg).filter((text) => text.includes('the loss of 3 runs is beyond the axis')),
      ).toHaveLength(isDead ? 1 : 0);
      // Each sentence says what it speaks of: the first of its kind may stand in another figure's caption.
      expect(made.caption).not.toContain(' It is left out');
    }
  });

  it('rates are drawn at the baseline of the other factors, and the caption says where', () => {
    const analysis = analysed(crossedStudy());
    const { shown } = facetsOf(analysis, analysis.factors[0]!.factor);
    expect(shown.filter(({ isBaseline }) => isBaseline).map(({ label }) => label)).toEqual([
      'weight decay 0',
    ]);
    const falls = shown[0]!.groups.map((group, i) =>
      group.with({
        runs: [exampleRun({ learningRate: i === 0 ? [0.1, 0.1] : [0.1, 0], validAccuracy: [0, 1] })],
      }),
    );
    expect(scheduleFigure(context, falls, look(analysis), 'weight decay 0')!.caption).toBe(
      'The learning rate of each epoch, as it was recorded, at weight decay 0.',
    );
  });

  it('a mean over a cell that did not learn says so', () => {
    const analysis = analysed(withDeadTrial(crossedStudy(), 'learningRate=0.2,weightDecay=0.01'));
    const mixed = rows(sections(analysis.factors[0]!.levels), look(analysis))!;
    expect(texts(mixed.svg).join(' ')).toContain(
      'its mean averages over runs of which 3 of 6 runs did not learn',
    );
  });
});

describe('print and grey', () => {
  it('every colour of a line has a contrast of 3:1 on white', () => {
    const linear = (part: number) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    for (const hex of [...PALETTE, '#4d4d4d']) {
      const [r, g, b] = [1, 3, 5].map((i) => linear(Number.parseInt(hex.slice(i, i + 2), 16) / 255));
      expect(1.05 / (0.2126 * r! + 0.7152 * g! + 0.0722 * b! + 0.05)).toBeGreaterThan(3);
    }
  });

  it('lines of a comparison have labels at their ends, letters where levels have long names', () => {
    const short = texts(comparisonFigure(context, groupsOf(seeds), { title: '' }, lookOf(seeds)).svg);
    expect(short.filter((text) => text === '0.01')).toHaveLength(4);
    const long = exampleStudy({
      factors: { activation: ['relu', { name: 'sigmoid', blocks: '4-10' }] },
      seeds: [0],
    });
    const shown = texts(comparisonFigure(context, groupsOf(long), { title: '' }, lookOf(long)).svg);
    expect(shown.filter((text) => text === 'b')).toHaveLength(4);
    expect(shown).toContain('b: activation sigmoid in blocks 4-10');
  });

  it('points that coincide are seen as several', () => {
    const runs = [0, 1, 2].map(() => exampleRun({ validAccuracy: [0.5, 0.5] }));
    const { svg } = rows(sections([groupsOf(one)[0]!.with({ runs })]), lookOf({ runs }))!;
    const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
    const places = [...document.querySelectorAll('g[aria-label="dot"] circle')].map((dot) =>
      [dot.getAttribute('cx'), dot.getAttribute('cy'), dot.parentElement!.getAttribute('transform')].join(),
    );
    expect(places).toHaveLength(3);
    expect(new Set(places).size).toBe(3);
  });

  it('all text of all figures has one size', () => {
    const about = { title: 'learning rate' };
    for (const made of [
      levelFigure(context, groupsOf(seeds)[0]!, lookOf(seeds)),
      comparisonFigure(context, groupsOf(seeds), about, lookOf(seeds)),
      rows(sections(groupsOf(seeds)), lookOf(seeds)),
      scatterFigure(context, groupsOf(seeds), last, scatterLook),
    ]) {
      const sizes = [...made!.svg.matchAll(/font-size[=:]\s*"?([\d.]+)/g)].map(([, size]) => size);
      expect(new Set(sizes)).toEqual(new Set(['13']));
    }
  });
});

it('the learning rate is drawn where schedules differ, not where only its height does', () => {
  const run = (rates: readonly number[]) => exampleRun({ learningRate: rates, validAccuracy: rates });
  const groups = [
    [0.1, 0.1, 0.1],
    [0.1, 0.05, 0],
  ].map((rates, i) => groupsOf(one)[i]!.with({ runs: [run(rates)] }));
  const look = lookOf({ runs: groups.flatMap(({ runs }) => runs) });
  expect(texts(scheduleFigure(context, groups, look)!.svg)).toContain('Learning rate');
  const heights = [
    [0.1, 0.1],
    [0.2, 0.2],
  ].map((rates, i) => groupsOf(one)[i]!.with({ runs: [run(rates)] }));
  expect(scheduleFigure(context, heights, look)).toBeNull();
});

describe('names that are longer than their place', () => {
  const name = 'ein-sehr-langer-Name-einer-Datenvermehrung-mit-vielen-Woertern-und-Zahlen-12345-A';

  it('are broken in labels, behind a sign where they have any', () => {
    for (const text of [`augmentation ${name} (baseline)`, 'x'.repeat(200), '学习率'.repeat(30)]) {
      const broken = wrapText(text, 200);
      expect(broken.every((line) => textWidth(line) <= 200)).toBe(true);
      expect(broken.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
    expect(wrapText(name, 200)[0]).toMatch(/-$/);
    expect(wrapText('a short one', 200)).toEqual(['a short one']);
  });

  it('lose their middle where there is one line, since they differ at their ends', () => {
    expect(fitText(`${name}`, 200)).toMatch(/^ein-sehr.*….*12345-A$/);
    expect(textWidth(fitText(name, 200))).toBeLessThanOrEqual(200);
    expect(fitText('short', 200)).toBe('short');
    const long = groupsOf(seeds).map((group, i) => group.with({ fullLabel: `${name.repeat(3)}${i}` }));
    const shown = texts(comparisonFigure(context, long, { title: 'x' }, lookOf(seeds)).svg);
    for (const text of shown) expect(textWidth(text)).toBeLessThanOrEqual(800);
  });
});

it('a run that diverged with losses beyond the axis is marked, told, and no line leads on from it', () => {
  const diverged = exampleRun(
    { trainLoss: [5, 50, 500], validLoss: [5, 60, 700], validAccuracy: [0.1, 0.1, 0.1] },
    { status: 'diverged' },
  );
  const sound = [0, 1, 2].map((i) =>
    exampleRun({
      trainLoss: [2, 1, 1, 1, 1 + 0.01 * i],
      validLoss: [2, 1, 1, 1, 1],
      validAccuracy: [0.1, 0.2, 0.3, 0.4, 0.5],
    }),
  );
  const groups = [groupsOf(one)[0]!.with({ runs: [diverged] }), groupsOf(one)[1]!.with({ runs: sound })];
  const { svg, caption } = comparisonFigure(
    context,
    groups,
    { title: 'learning rate' },
    lookOf({ runs: [diverged, ...sound] }),
  );
  expect(texts(svg)).toContain('beyond the axis');
  expect(caption).toContain('A triangle: a loss beyond the axis');
  expect(svg).toContain('stroke-dasharray="1 4"');
});
