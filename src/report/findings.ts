/** Findings and claims as blocks. */

import { findingDetails } from '../analysis/findingSentences.js';
import { formatInterval } from '../analysis/format.js';
import { factorLabel } from '../analysis/labels.js';
import { isMeasureId, measureOf } from '../analysis/summaryMeasures.js';
import type { ClaimResult, Finding, StudyFindings } from '../analysis/types.js';
import type { StudyRecords } from '../store/records.js';
import { type Block, cell, heading, paragraph, type TableBlock } from './blocks.js';

/** The findings with their verdicts, what holds for all of them, then what was explored. */
export function findingBlocks(records: StudyRecords, { findings, statements }: StudyFindings): Block[] {
  const confirmatory = findings.filter((one) => one.family === 'confirmatory');
  const blocks: Block[] = [heading(2, 'Findings')];
  if (records.study.seeds.length === 1) {
    blocks.push(
      paragraph(
        'One seed carries no verdict: the numbers below describe these runs, and nothing is concluded about what other seeds would give.',
      ),
    );
  }
  blocks.push(...confirmatory.map(findingBlock));
  if (statements.length > 0) blocks.push({ kind: 'list', items: statements });
  return [...blocks, ...exploratoryBlocks(findings.filter((one) => one.family === 'exploratory'))];
}

/** Sentences for what the data suggest and for diverged runs; all intervals in one table. */
function exploratoryBlocks(findings: readonly Finding[]): Block[] {
  if (findings.length === 0) return [];
  const told = findings.filter((one) => one.verdict === 'suggests' || one.unit === '%');
  const compared = findings.filter((one) => one.unit !== '%');
  const intro =
    compared.length === 0
      ? []
      : [
          paragraph(
            'Measures that were not declared before there were data: 95% intervals without any correction, and no verdict. “Suggests”: the interval leaves out 0; about one in twenty does by chance alone.',
          ),
        ];
  return [
    heading(3, 'Exploratory'),
    ...intro,
    ...told.map(findingBlock),
    ...(compared.length === 0 ? [] : [exploratoryTable(compared)]),
  ];
}

function exploratoryTable(findings: readonly Finding[]): TableBlock {
  const fluctuation = findings.some((one) => one.measure === 'stability');
  const caveat = fluctuation
    ? ' Fluctuation is partly the schedule’s own doing: annealing ends at a rate of 0, where nothing can fluctuate.'
    : '';
  return {
    kind: 'table',
    name: 'exploratory',
    caption: `Other measures: difference from the reference, with its plain 95% interval.${caveat}`,
    head: ['Comparison', 'Measure', 'Difference', '95% interval', 'n', ''],
    numbersFrom: 2,
    rows: findings.map((one) => [
      cell(comparisonOf(one), one.id),
      cell(isMeasureId(one.measure) ? measureOf(one.measure).label : one.measure),
      ...numbersOf(one),
      cell(one.n.join(', ')),
      cell(one.verdict ?? '', one.verdict ?? ''),
    ]),
  };
}

const comparisonOf = ({ id, factor }: Finding): string => {
  const level = id.slice(0, id.lastIndexOf(':'));
  return level.startsWith(`${factor}=`) ? `${factorLabel(factor)} ${level.slice(factor.length + 1)}` : level;
};

/** Censored measures have no difference: their sentence says what was reached. */
function numbersOf({ estimate, interval, unit, measure, sentence }: Finding) {
  if (estimate === null || interval === null || !isMeasureId(measure)) {
    return [cell(sentence.replace(/^[^:]*: /, ''), null), cell('–', null)];
  }
  const shown = unit === 'points' ? 'points' : measureOf(measure).unit;
  const scale = unit === 'points' ? 100 : 1;
  const number = formatInterval(estimate / scale, estimate / scale, shown).replace(/^\[([^,]*),.*\]/, '$1');
  return [
    cell(estimate > 0 ? `+${number}` : number, estimate),
    cell(
      formatInterval(interval.low / scale, interval.high / scale, shown),
      `${interval.low} ${interval.high}`,
    ),
  ];
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

/** The claims that were tested, with their evidence. */
export function claimBlocks(claims: readonly ClaimResult[] | undefined): Block[] {
  if (claims === undefined || claims.length === 0) return [];
  const scope = { runs: 'of these runs', configurations: 'of configurations' } as const;
  return [
    heading(2, 'Claims'),
    {
      kind: 'table',
      name: 'claims',
      caption: 'Claims tested on this study’s data.',
      head: ['Claim', 'Source', 'Scope', 'Verdict', 'Evidence'],
      numbersFrom: 5,
      rows: claims.map((claim) => [
        cell(claim.group === null ? claim.sentence : `${claim.sentence} [${claim.group}]`, claim.id),
        cell(claim.page === null ? claim.source : `${claim.source}, p. ${claim.page}`),
        cell(scope[claim.scope]),
        cell(claim.verdict),
        cell(claim.evidence),
      ]),
    },
  ];
}
