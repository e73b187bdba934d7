/** Findings as blocks. */

import type { Analysis } from '../analysis/analyse.js';
import { findingDetails, signedNumber } from '../analysis/findings/details.js';
import { type Explored, exploredOf, measureLabel } from '../analysis/findings/explored.js';
import { ABSENT, commonDecimals } from '../analysis/words/format.js';
import { factorLabel } from '../analysis/words/labels.js';
import { type Finding, isDeclared, type StudyFindings } from '../analysis/words/results.js';
import { shownVerdict } from '../analysis/words/verdicts.js';
import {
  type Block,
  type Cell,
  capital,
  cell,
  fileName,
  heading,
  paragraph,
  type TableBlock,
} from './blocks.js';

/** The findings with their verdicts, diverged runs, and what holds for all of them. */
export function findingBlocks({ findings, held, statements }: Analysis): Block[] {
  const own = findings.filter((one) => isDeclared(one) || one.kind === 'share');
  const forAll = [...held, ...statements];
  return [
    heading(2, 'Findings'),
    ...own.map(findingBlock),
    ...(forAll.length === 0 ? [] : [{ kind: 'list', items: forAll } as const]),
  ];
}

/** All intervals of what was explored, one table for each factor and one for the explicit trials. */
export function exploratoryBlocks(
  { findings }: Pick<StudyFindings, 'findings'>,
  factors: readonly (string | null)[],
): Block[] {
  const tables = factors.flatMap((factor) => {
    const own = exploredOf(findings, factor);
    return exploratoryTables(factor ?? 'trials', own);
  });
  if (tables.length === 0) return [];
  return [
    paragraph(
      'Measures that were not declared before there were data have plain 95% intervals, without any correction, and no verdict: about one in twenty leaves out 0 by chance alone. Fluctuation is partly the schedule’s own doing: annealing ends at a rate of 0, where nothing can fluctuate.',
    ),
    ...tables,
  ];
}

/** Above so many comparisons a table is wider than a page. */
const MOST_COMPARED = 4;

function exploratoryTables(group: string, findings: readonly Explored[]): TableBlock[] {
  const contrasts = [...new Map(findings.map(({ contrast }) => [contrast.id, contrast.label]))];
  const parts = Math.ceil(contrasts.length / MOST_COMPARED);
  const name = `exploratory-${fileName(group)}`;
  return Array.from({ length: parts }, (_, i) => {
    const own = new Map(contrasts.slice(i * MOST_COMPARED, (i + 1) * MOST_COMPARED));
    return exploratoryTable(group, findings, own, parts === 1 ? name : `${name}-${i + 1}`);
  });
}

/** Measures down, comparisons across: the difference with its interval. */
function exploratoryTable(
  group: string,
  findings: readonly Explored[],
  contrasts: ReadonlyMap<string, string>,
  name: string,
): TableBlock {
  const measures = [...new Set(findings.map(({ measure }) => measure))];
  return {
    kind: 'table',
    name,
    caption: `${capital(factorLabel(group))}: difference from the reference on other measures, with its plain 95% interval; of epochs to an accuracy, how many runs reached it, and the median.`,
    head: ['Measure', ...contrasts.values()],
    numbersFrom: 1,
    rows: measures.map((measure) => {
      const own = [...contrasts.keys()].map((id) =>
        findings.find((one) => one.measure === measure && one.contrast.id === id),
      );
      return [cell(measureLabel({ measure }), measure), ...differenceCells(own)];
    }),
  };
}

/** With one number of decimals. Censored measures have no difference: what was reached stands in its place. */
function differenceCells(findings: readonly (Explored | undefined)[]): Cell[] {
  const unit = findings.find((one) => one?.kind === 'difference')?.unit ?? 'number';
  const estimates = findings.map((one) => (one?.kind === 'difference' ? one.estimate : null));
  const decimals = commonDecimals(estimates, unit);
  return findings.map((one) => {
    if (one === undefined) return cell(ABSENT, null);
    if (one.kind === 'reached') return cell(one.reached.join(' against '), null);
    const { estimate, interval } = one;
    if (estimate === null || interval === null) return cell(ABSENT, null);
    const [value, low, high] = [estimate, interval.low, interval.high].map((number) =>
      signedNumber(number, unit, decimals),
    );
    const word = unit === 'points' ? ' points' : '';
    return cell(`${value} [${low}, ${high}]${word}`, `${estimate} ${interval.low} ${interval.high}`);
  });
}

function findingBlock(finding: Finding): Block {
  return {
    kind: 'finding',
    sentence: finding.sentence,
    verdict: isDeclared(finding) ? shownVerdict(finding) : (finding.verdict ?? ''),
    details: findingDetails(finding, 'own'),
    notes: finding.notes,
  };
}
