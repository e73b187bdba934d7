import { beforeAll, describe, expect, it } from 'vitest';
import { exampleStudy } from '../../test/support/exampleStudy.js';
import { analysed, crossedStudy, withDeadTrial } from '../../test/support/figureStudies.js';
import type { FigureContext } from './canvas.js';
import { findingsForest } from './findingsForest.js';
import { type ForestRow, forestFigure } from './forestFigure.js';
import { makeDocument } from './node/document.js';
import { summaryFigure } from './summaryFigure.js';

let context: FigureContext;
beforeAll(async () => {
  context = { document: await makeDocument() };
});
const colourOf = () => '#0072B2';
const texts = (svg: string) => [...svg.matchAll(/>([^<>]+)<\/(?:text|tspan)>/g)].map(([, text]) => text!);

describe('the forest of all comparisons', () => {
  it('has every declared comparison with its interval under its verdict, and the band', () => {
    const analysis = analysed(crossedStudy());
    const { svg, caption } = findingsForest(context, analysis)!;
    const declared = analysis.findings.filter(({ family }) => family === 'confirmatory');
    const shown = texts(svg).join(' ');
    for (const { contrast, verdict } of declared as typeof declared & { contrast: { label: string } }[]) {
      expect(shown).toContain(contrast.label);
      expect(shown).toContain(verdict);
    }
    expect(shown).toContain('learning rate 0.2 × weight decay 0.01');
    expect(svg).toContain('smaller than the smallest effect of interest');
    expect(caption).toContain(`${declared.length} declared comparisons`);
    expect(caption).toContain('1 point');
  });

  it('draws one seed as not decided, and what was not run without a mark', () => {
    const study = exampleStudy({ factors: { learningRate: [0.01, 0.05, 0.2] }, seeds: [0] });
    const runs = study.runs.filter(({ record }) => record.trialName !== 'learningRate=0.2');
    const { svg, caption } = findingsForest(context, analysed({ ...study, runs }))!;
    expect(svg).not.toContain('estimate, decided');
    expect(svg).not.toContain('95% interval of the difference');
    expect(caption).toContain('1 comparison without an estimate has no mark.');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('a dead cell does not flatten the rest: it lies beyond the axis, and is marked', () => {
    const row = (label: string, estimate: number, half: number): ForestRow => ({
      label,
      estimate,
      interval: { low: estimate - half, high: estimate + half },
      verdict: 'supported',
      isDecided: true,
      isDoubted: false,
      isPart: false,
    });
    const rows = [row('dead', -50, 2), row('a', 1, 0.8), row('b', 2, 0.7), row('c', -0.5, 0.9)];
    const formats = { tickFormat: String, numberFormat: String };
    const made = forestFigure(context, rows, { axis: 'points', smallestEffect: 1, ...formats })!;
    expect(made.range.domain[0]).toBeGreaterThan(-10);
    expect(texts(made.svg)).toContain('beyond the axis');
    expect(texts(made.svg)).toContain('-50');
  });

  it('what is found with a doubt is not called undecided', () => {
    const row = (isDoubted: boolean): ForestRow => ({
      label: `${isDoubted}`,
      estimate: 1,
      interval: null,
      verdict: isDoubted ? 'supported, with a doubt' : 'inconclusive',
      isDecided: false,
      isDoubted,
      isPart: false,
    });
    const options = { axis: 'x', smallestEffect: 1, tickFormat: String, numberFormat: String };
    const legend = (rows: ForestRow[]) => texts(forestFigure(context, rows, options)!.svg);
    expect(legend([row(true)])).toContain('with a doubt');
    expect(legend([row(true)])).not.toContain('not decided');
    expect(legend([row(true), row(false)])).toContain('not decided, or with a doubt');
    expect(legend([row(false)])).toContain('not decided');
  });

  it('is absent where nothing is compared', () => {
    const none = exampleStudy({ factors: {}, seeds: [0] });
    expect(findingsForest(context, analysed(none))).toBeNull();
    expect(summaryFigure(context, analysed(none), colourOf)).toBeNull();
  });
});

describe('the summary on page one', () => {
  it('has the levels of every factor, with their intervals told apart from the spread of runs', () => {
    const factors = { learningRate: [0.01, 0.05], weightDecay: [0, 0.01] };
    const { svg, caption } = summaryFigure(
      context,
      analysed(exampleStudy({ factors, seeds: [0, 1, 2] })),
      colourOf,
    )!;
    const shown = texts(svg);
    expect(shown).toEqual(
      expect.arrayContaining(['learning rate', 'weight decay', '0.01', '0.05 (baseline)', '0 (baseline)']),
    );
    expect(shown).toEqual(
      expect.arrayContaining(['single runs: their spread', 'mean and its 95% interval over seeds']),
    );
    expect(caption).toContain('not how far runs spread');
  });

  it('of crossed factors shows combinations, which runs have, and marks the one that did not learn', () => {
    const analysis = analysed(withDeadTrial(crossedStudy(), 'learningRate=0.2,weightDecay=0.01'));
    const { svg } = summaryFigure(context, analysis, colourOf)!;
    const shown = texts(svg);
    expect(shown.filter((text) => text.startsWith('weight decay'))).toHaveLength(6);
    expect(shown).toContain('weight decay 0.01: did not learn (one class)');
    expect(shown).toContain('did not learn, or collapsed');
  });

  it('all text has one size', () => {
    const { svg } = summaryFigure(context, analysed(crossedStudy()), colourOf)!;
    expect(new Set([...svg.matchAll(/font-size[=:]\s*"?(\d+)/g)].map(([, size]) => size))).toEqual(
      new Set(['13']),
    );
  });

  it('rows with runs that did not learn are marked, and a verdict has its whole row', () => {
    const { svg, caption } = findingsForest(
      context,
      analysed(withDeadTrial(crossedStudy(), 'learningRate=0.2,weightDecay=0.01')),
    )!;
    expect(texts(svg).some((text) => text.endsWith('†'))).toBe(true);
    expect(caption).toContain('†: with runs that did not learn, and so no effect among runs that train.');
    expect(findingsForest(context, analysed(crossedStudy()))!.svg).not.toContain('†');
  });

  it('rows are no higher than what stands in them, so that both figures fit on a printed page', () => {
    const row = (i: number): ForestRow => ({
      label: `learning rate 0.${i}`,
      estimate: i,
      interval: null,
      verdict: 'supported, in size dependent on schedule, with a doubt',
      isDecided: true,
      isDoubted: false,
      isPart: false,
    });
    const options = { axis: 'x', smallestEffect: 1, tickFormat: String, numberFormat: String };
    const { svg } = forestFigure(context, [1, 2, 3].map(row), options)!;
    // Four lines of 22 pixels, the axis, the legend: a verdict that was broken made every row higher.
    expect(Number(/ height="(\d+)"/.exec(svg)![1])).toBeLessThan(4 * 22 + 110);
    expect(texts(svg)).toContain('supported, in size dependent on schedule, with a doubt');
  });
});
