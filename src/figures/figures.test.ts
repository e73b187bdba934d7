import { beforeAll, describe, expect, it } from 'vitest';
import { exampleRun, exampleStudy } from '../../test/support/exampleStudy.js';
import { measureOf } from '../analysis/measures/measures.js';
import { crossedCells, crossedPairs } from '../analysis/trials/crossed.js';
import { levelGroups } from '../analysis/trials/levels.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { minOf } from '../base/extremes.js';
import type { FigureContext } from './canvas.js';
import { comparisonFigure } from './comparisonFigure.js';
import { curveAxes } from './curveSeries.js';
import { gradientFigure } from './gradientFigure.js';
import { interactionFigure } from './interactionFigure.js';
import { levelFigure } from './levelFigure.js';
import { metricFigure } from './metricFigure.js';
import { makeDocument } from './node/document.js';
import { colourScale } from './palette.js';
import { scatterFigure } from './scatterFigure.js';

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

/** As drawn, one element per line, so that a change of a figure reads well. */
const lines = (svg: string | null) => svg?.replace(/></g, '>\n<');

describe('figures as they are drawn', () => {
  it('the curves of one run', () => {
    const svg = levelFigure(context, groupsOf(one)[0]!, colour('learningRate=0.01'), curveAxes(one.runs));
    expect(lines(svg)).toMatchSnapshot();
  });
  it('the curves of a level with seeds', () => {
    const svg = levelFigure(context, groupsOf(seeds)[1]!, colour('baseline'), curveAxes(seeds.runs));
    expect(lines(svg)).toMatchSnapshot();
  });
  it('a comparison', () => {
    expect(
      lines(comparisonFigure(context, groupsOf(seeds), colour, curveAxes(seeds.runs))),
    ).toMatchSnapshot();
  });
  it('gradient norms', () => {
    const look = { colourOf: colour, axes: curveAxes(seeds.runs) };
    expect(
      lines(gradientFigure(context, groupsOf(seeds), ['layers.8.conv1.weight'], look)),
    ).toMatchSnapshot();
  });
  it('a measure per level', () => {
    expect(lines(metricFigure(context, groupsOf(seeds), last, colour))).toMatchSnapshot();
  });
  it('an interaction', () => {
    const cells = crossedCells(grid, crossedPairs(grid)[0]!);
    const about = { factors: ['weightDecay', 'schedule'], measure: last } as const;
    const colours = colourScale(['schedule=cosine', 'schedule=constant']);
    expect(lines(interactionFigure(context, cells, about, colours))).toMatchSnapshot();
  });
  it('a searched factor', () => {
    expect(
      lines(scatterFigure(context, groupsOf(seeds), last, { colour: '#0072B2', log: true })),
    ).toMatchSnapshot();
  });
});

/** Every number of a figure is finite. */
function sound(svg: string | null): void {
  expect(svg ?? '').not.toMatch(/NaN|Infinity|undefined/);
}

describe('broken studies', () => {
  const group = (runs: RunGroup['runs']): RunGroup => groupsOf(one)[0]!.with({ runs });

  it('a diverged run is drawn until it diverged, and marked', () => {
    const run = exampleRun(
      { trainLoss: [3, 1e30], validLoss: [3, null], validAccuracy: [0.1, 0.2] },
      { status: 'diverged' },
    );
    const [, baseline] = groupsOf(one);
    const axes = curveAxes([run, ...baseline!.runs]);
    expect(axes.loss.domain[1]).toBeLessThan(20);
    const svg = levelFigure(context, group([run]), '#0072B2', axes);
    sound(svg);
    const ordinates = [...svg.matchAll(/[ML]-?[\d.]+,(-?[\d.]+)/g)].map(([, y]) => Number(y));
    // A symbol is drawn around its own origin: a few pixels below 0 are right, a curve beyond the panel is not.
    expect(minOf(ordinates)).toBeGreaterThan(-10);
    expect(svg).toContain('diverged (the loss is not finite in epoch 3)');
    sound(levelFigure(context, group([run]), '#0072B2', curveAxes([run])));
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
    sound(levelFigure(context, groups[0]!, '#0072B2', curveAxes(runs)));
    sound(comparisonFigure(context, groups, colour, curveAxes(runs)));
    sound(metricFigure(context, groups, last, colour));
    sound(gradientFigure(context, groups, ['a'], { colourOf: colour, axes: curveAxes(runs) }));
    sound(scatterFigure(context, groups, last, { colour: '#0072B2', log: true }));
  });

  it('figures without any value are left out', () => {
    expect(metricFigure(context, [group([])], last, colour)).toBeNull();
    expect(
      gradientFigure(context, groupsOf(one), ['no.such'], { colourOf: colour, axes: curveAxes(one.runs) }),
    ).toBeNull();
    expect(interactionFigure(context, [], { factors: ['a', 'b'], measure: last }, colour)).toBeNull();
  });
});

it('text from users is text, never markup', () => {
  const groups = [groupsOf(one)[0]!.with({ fullLabel: '<script>alert(1)</script>' })];
  const svg = comparisonFigure(context, groups, colour, curveAxes(one.runs));
  expect(svg).not.toContain('<script>');
});

it('the baseline is grey, and no two of twelve levels share a colour', () => {
  const keys = Array.from({ length: 13 }, (_, i) => `trial ${i}`);
  const scale = colourScale(keys, ['trial 0']);
  expect(new Set(keys.map(scale)).size).toBe(13);
  expect(scale('trial 0')).toBe('#4d4d4d');
});
