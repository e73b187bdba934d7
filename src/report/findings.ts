/** Findings as blocks. */

import type { Analysis } from '../analysis/analyse.js';
import { findingDetails, signedNumber } from '../analysis/findings/details.js';
import { isMeasureId, measureOf } from '../analysis/measures/measures.js';
import { ABSENT } from '../analysis/words/format.js';
import { factorLabel } from '../analysis/words/labels.js';
import {
  type ExploredFinding,
  type Finding,
  isDeclared,
  type ReachedFinding,
  type StudyFindings,
} from '../analysis/words/results.js';
import { VERDICT } from '../analysis/words/verdicts.js';
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
export function findingBlocks({ records, findings, statements }: Analysis): Block[] {
  const blocks: Block[] = [heading(2, 'Findings')];
  if (records.study.seeds.length === 1) {
    blocks.push(
      paragraph(
        'One seed carries no verdict: the numbers below describe these runs, and nothing is concluded about what other seeds would give.',
      ),
    );
  }
  for (const one of findings) if (isDeclared(one) || one.kind === 'share') blocks.push(findingBlock(one));
  if (statements.length > 0) blocks.push({ kind: 'list', items: statements });
  return blocks;
}

/** What was explored about one factor (`null`: the explicit trials): what the data suggest, and all intervals. */
export function exploratoryBlocks({ findings }: StudyFindings, factor: string | null): Block[] {
  const own = findings.filter(
    (one): one is Explored =>
      !isDeclared(one) &&
      one.kind !== 'share' &&
      (factor === null ? isTrial(one) : one.factor === factor && !isTrial(one)),
  );
  if (own.length === 0) return [];
  const suggested = own.filter((one) => one.verdict === VERDICT.suggests);
  const group = factor ?? 'trials';
  return [
    { kind: 'heading', level: 3, text: 'Exploratory', id: `${fileName(group)}-exploratory` },
    paragraph(
      'Measures that were not declared before there were data have plain 95% intervals, without any correction, and no verdict. “Suggest”: the interval leaves out 0, as about one in twenty does by chance alone.',
    ),
    ...(suggested.length === 0
      ? []
      : [{ kind: 'list', items: suggested.map(({ sentence }) => sentence) } as const]),
    exploratoryTable(group, own),
  ];
}

type Explored = ExploredFinding | ReachedFinding;
const isTrial = ({ contrast }: Explored): boolean => contrast.kind === 'trial';

/** Measures down, comparisons across: the difference with its interval. */
function exploratoryTable(group: string, findings: readonly Explored[]): TableBlock {
  const contrasts = new Map(findings.map(({ contrast }) => [contrast.id, contrast.label]));
  const measures = [...new Set(findings.map(({ measure }) => measure))];
  const caveat = measures.includes('stability')
    ? ' Fluctuation is partly the schedule’s own doing: annealing ends at a rate of 0, where nothing can fluctuate.'
    : '';
  return {
    kind: 'table',
    name: `exploratory-${fileName(group)}`,
    caption: `${capital(factorLabel(group))}: difference from the reference on other measures, with its plain 95% interval; of epochs to an accuracy, how many runs reached it, and the median.${caveat}`,
    head: ['Measure', ...contrasts.values()],
    numbersFrom: 1,
    rows: measures.map((measure) => [
      cell(isMeasureId(measure) ? measureOf(measure).label : measure, measure),
      ...[...contrasts.keys()].map((id) =>
        differenceCell(findings.find((one) => one.measure === measure && one.contrast.id === id)),
      ),
    ]),
  };
}

/** Censored measures have no difference: what was reached stands in its place. */
function differenceCell(one: Explored | undefined): Cell {
  if (one === undefined) return cell(ABSENT, null);
  if (one.kind === 'reached') return cell(one.reached.join(' against '), null);
  if (one.estimate === null || one.interval === null) return cell(ABSENT, null);
  const text = `${signedNumber(one.estimate, one.unit)} [${signedNumber(one.interval.low, one.unit)}, ${signedNumber(one.interval.high, one.unit)}]`;
  return cell(
    one.unit === 'points' ? `${text} points` : text,
    `${one.estimate} ${one.interval.low} ${one.interval.high}`,
  );
}

function findingBlock(finding: Finding): Block {
  return {
    kind: 'finding',
    sentence: finding.sentence,
    verdict: finding.verdict ?? '',
    details: findingDetails(finding),
    notes: finding.notes,
  };
}
