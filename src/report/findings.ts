/** Findings and claims as blocks. */

import { ABSENT, count, formatNumber, formatP } from '../analysis/format.js';
import type { ClaimResult, Finding } from '../analysis/types.js';
import type { StudyRecords } from '../store/records.js';
import { type Block, cell, heading, paragraph } from './blocks.js';

/** The findings, or one plain statement where there are none. */
export function findingBlocks(records: StudyRecords, findings: readonly Finding[] | undefined): Block[] {
  const blocks: Block[] = [heading(2, 'Findings')];
  const { seeds } = records.study;
  if (findings === undefined || findings.length === 0) {
    const text =
      seeds.length === 1
        ? 'One seed carries no verdict: the numbers below describe these runs, and nothing is concluded about what other seeds would give.'
        : `No finding was computed. The study declares ${count(seeds.length, 'seed')}; the intervals in the tables show what their means leave open.`;
    return [...blocks, paragraph(text)];
  }
  const confirmatory = findings.filter((one) => one.family === 'confirmatory');
  const exploratory = findings.filter((one) => one.family === 'exploratory');
  if (seeds.length === 1) blocks.push(paragraph('One seed carries no verdict.'));
  blocks.push(...confirmatory.map(findingBlock));
  if (exploratory.length > 0) {
    blocks.push(heading(3, 'Exploratory'));
    blocks.push(
      paragraph('Measures that were not declared before there were data: intervals, and no verdict.'),
    );
    blocks.push(...exploratory.map(findingBlock));
  }
  return blocks;
}

function findingBlock(finding: Finding): Block {
  const { estimate, interval, unit, level, method, n, improvement, p, holmP, held } = finding;
  const suffix = unit === '' ? '' : ` ${unit}`;
  const parts = [
    `Estimate ${estimate === null ? ABSENT : formatNumber(estimate)}${estimate === null ? '' : suffix}`,
    interval === null
      ? null
      : `${Math.round(level * 100)}% interval [${formatNumber(interval.low)}, ${formatNumber(interval.high)}]${suffix}`,
    method === '' ? null : method,
    n.length === 0 ? null : `n = ${n.join(' and ')}`,
    p === null ? null : `p ${formatP(p)}`,
    holmP === null ? null : `after Holm ${formatP(holmP)}`,
    improvement === null
      ? null
      : `better in ${improvement.won} of ${count(improvement.pairs, 'pair')} (${improvement.method} [${formatNumber(improvement.interval.low)}, ${formatNumber(improvement.interval.high)}])`,
    held === '' ? null : `held fixed: ${held}`,
  ];
  return {
    kind: 'finding',
    sentence: finding.sentence,
    verdict: finding.verdict,
    details: `${parts.filter((part) => part !== null).join('; ')}.`,
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
