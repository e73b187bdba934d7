/** A study's declared comparisons as a forest figure, sorted by verdict. */

import type { Analysis } from '../analysis/analyse.js';
import { signedNumber } from '../analysis/findings/details.js';
import { margin } from '../analysis/findings/sentences.js';
import { differenceOf } from '../analysis/measures/difference.js';
import { type Measure, measurePhrase } from '../analysis/measures/measures.js';
import { count } from '../analysis/words/format.js';
import { type DeclaredFinding, isDeclared } from '../analysis/words/results.js';
import { shownVerdict, verdictRank, verdictTone } from '../analysis/words/verdicts.js';
import type { Drawn, FigureContext } from './canvas.js';
import { type ForestRow, forestFigure } from './forestFigure.js';

/** Every declared comparison with its interval, the band of +-smallestEffect behind; `null` where none was declared. */
export function findingsForest(context: FigureContext, analysis: Analysis): Drawn | null {
  const { findings, metric: measure, records } = analysis;
  const declared = findings.filter(isDeclared).sort((a, b) => rankOf(a) - rankOf(b) || sizeOf(b) - sizeOf(a));
  const { unit, word, scale } = differenceOf(measure);
  const made = forestFigure(context, declared.flatMap(rowsOf), {
    axis: `Difference in ${measurePhrase(measure)}${word === '' ? '' : ` (${word})`}`,
    smallestEffect: records.study.smallestEffect / scale,
    tickFormat: (value) => tickText(value * scale),
    numberFormat: (value) => signedNumber(value, unit),
  });
  if (made === null) return null;
  const band = margin(records.study.smallestEffect, measure);
  return { svg: made.svg, caption: captionOf(declared, { measure, band, beyond: made.range.beyond }) };
}

const tickText = (value: number) =>
  `${value > 0 ? '+' : ''}${String(Number(value.toPrecision(6))).replace('-', '−')}`;

const rankOf = (finding: DeclaredFinding) => verdictRank(shownVerdict(finding));

const sizeOf = ({ estimate }: DeclaredFinding) => Math.abs(estimate ?? 0);

function rowsOf(finding: DeclaredFinding): ForestRow[] {
  const { contrast, estimate, interval, simple, untrained } = finding;
  const verdict = shownVerdict(finding);
  const isDecided = verdictTone(verdict) !== '';
  const isDoubted = finding.doubt !== null;
  const parts = contrast.kind === 'interaction' ? [] : simple;
  return [
    {
      label: marked(contrast.label, untrained),
      estimate,
      interval,
      verdict,
      isDecided,
      isDoubted,
      isPart: false,
    },
    ...parts.map(({ where, estimate, interval, untrained }) => ({
      label: marked(`at ${where}`, untrained),
      estimate,
      interval,
      verdict,
      isDecided: false,
      isDoubted: false,
      isPart: true,
    })),
  ];
}

const marked = (label: string, untrained: readonly unknown[]) =>
  untrained.length === 0 ? label : `${label} †`;

interface Told {
  readonly measure: Measure;
  readonly band: string;
  readonly beyond: number;
}

function captionOf(declared: readonly DeclaredFinding[], { measure, band, beyond }: Told): string {
  const kinds = new Set(declared.map(({ contrast }) => contrast.kind));
  const isTested = declared.some(({ interval }) => interval !== null);
  const order = new Set(declared.map(({ verdict }) => verdict)).size > 1 ? ', sorted by verdict' : '';
  const differences = `${isTested ? ', each with its plain 95% interval' : ''}${order}`;
  const absent = declared.filter(({ estimate }) => estimate === null).length;
  return [
    `${count(declared.length, 'declared comparison')} in ${measurePhrase(measure)}${differences}: the level named, less the baseline’s.`,
    kinds.has('interaction')
      ? 'Of an interaction (×), by how much one factor changes the effect of the other.'
      : '',
    `Grey band: closer to 0 than ${band}, the smallest effect of interest.`,
    isTested ? 'Verdicts rest on the corrected tests, not on whether an interval touches 0.' : '',
    declared.some(({ untrained }) => untrained.length > 0)
      ? '†: with runs that did not learn, and so no effect among runs that train.'
      : '',
    absent === 0
      ? ''
      : `${count(absent, 'comparison')} without an estimate ${absent === 1 ? 'has' : 'have'} no mark.`,
    beyond === 0 ? '' : 'A triangle: the value, or the end of the interval, lies beyond the axis.',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
