/** Findings as blocks. */

import type { Analysis } from '../analysis/analyse.js';
import { findingDetails, signedNumber } from '../analysis/findings/details.js';
import { type Explored, exploredOf, measureLabel } from '../analysis/findings/explored.js';
import { ABSENT, commonDecimals, joinWords } from '../analysis/words/format.js';
import { type Finding, isDeclared, type StudyFindings } from '../analysis/words/results.js';
import { shownVerdict } from '../analysis/words/verdicts.js';
import { type Block, type Cell, cell, fileName, heading, paragraph, type TableBlock } from './blocks.js';
import type { Section } from './sections.js';

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

/** Where the intervals of what was explored stand, and what they are worth; nothing where nothing was explored. */
export function exploratoryBlocks(tables: readonly TableBlock[]): Block[] {
  if (tables.length === 0) return [];
  const files = joinWords(tables.map(({ name }) => `tables/${name ?? ''}.csv`));
  return [
    paragraph(
      `Every measure that was not declared before there were data is compared in ${files}: plain 95% intervals, without any correction or verdict, of which about one in twenty leaves out 0 by chance alone. Each section names those that do.`,
    ),
  ];
}

/** All of them, one table for each factor and one for the explicit trials: files only. */
export function exploratoryTables(
  { findings }: Pick<StudyFindings, 'findings'>,
  sections: readonly Section[],
): TableBlock[] {
  return sections.flatMap(({ factor }) => {
    const path = factor?.path ?? null;
    return tablesOf(path ?? 'trials', exploredOf(findings, path));
  });
}

/** Above so many comparisons a table is wider than a page. */
const MOST_COMPARED = 4;

function tablesOf(group: string, findings: readonly Explored[]): TableBlock[] {
  const contrasts = [...new Map(findings.map(({ contrast }) => [contrast.id, contrast.label]))];
  const parts = Math.ceil(contrasts.length / MOST_COMPARED);
  const name = `exploratory-${fileName(group)}`;
  return Array.from({ length: parts }, (_, i) => {
    const own = new Map(contrasts.slice(i * MOST_COMPARED, (i + 1) * MOST_COMPARED));
    return exploratoryTable(findings, own, parts === 1 ? name : `${name}-${i + 1}`);
  });
}

/** Measures down, comparisons across: the difference with its interval. */
function exploratoryTable(
  findings: readonly Explored[],
  contrasts: ReadonlyMap<string, string>,
  name: string,
): TableBlock {
  const measures = [...new Set(findings.map(({ measure }) => measure))];
  return {
    kind: 'table',
    name,
    caption: '',
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
