/** Every finding in full precision, for other programs: a file only. */

import type { Analysis } from '../analysis/analyse.js';
import { untrainedText } from '../analysis/findings/untrained.js';
import { type Finding, isDeclared } from '../analysis/words/results.js';
import { type Cell, cell, type TableBlock } from './blocks.js';

const HEAD = [
  'id',
  'family',
  'factor',
  'measure',
  'verdict',
  'estimate',
  'low',
  'high',
  'level',
  'method',
  'n',
  'p',
  'holmP',
  'equivalenceP',
  'equivalenceHolmP',
  'equivalenceLow',
  'equivalenceHigh',
  'exaggeration',
  'undoingShare',
  'undoingEnd',
  'unseenShare',
  'untrained',
  'improvement',
  'pairsWon',
  'pairs',
  'effectSize',
  'held',
  'sentence',
  'notes',
] as const;

type Row = Partial<Record<(typeof HEAD)[number], string | number | null>>;

/** One row per finding, simple effects behind interactions included. Accuracies and their differences are fractions. */
export function findingsTable({ findings }: Analysis): TableBlock {
  const rows = findings.flatMap((finding) => [rowOf(finding), ...simpleRows(finding)]);
  return {
    kind: 'table',
    name: 'findings',
    caption: '',
    head: HEAD,
    numbersFrom: HEAD.length,
    rows: rows.map((row) =>
      HEAD.map((name): Cell => {
        const value = row[name] ?? null;
        return cell(String(value ?? ''), value);
      }),
    ),
  };
}

function rowOf(finding: Finding): Row {
  const { id, family, factor, measure, verdict, sentence, notes, n } = finding;
  const shared = { id, family, factor, measure, verdict, sentence, notes: notes.join(' '), n: n.join(' ') };
  if (finding.kind === 'reached') return shared;
  if (finding.kind === 'share') {
    const { share, interval, level, method, p } = finding;
    return { ...shared, estimate: share, ...interval, level, method, p };
  }
  const { estimate, interval, level, method, p, holmP, improvement, effectSize, held } = finding;
  return {
    ...shared,
    estimate,
    ...interval,
    level,
    method,
    p,
    holmP,
    improvement: improvement?.probability ?? null,
    pairsWon: improvement?.won ?? null,
    pairs: improvement?.pairs ?? null,
    effectSize: effectSize?.value ?? null,
    held,
    ...(isDeclared(finding) ? decidedRow(finding) : {}),
  };
}

function decidedRow({
  equivalence,
  exaggeration,
  unseen,
  untrained,
}: Extract<Finding, { family: 'confirmatory' }>): Row {
  return {
    equivalenceP: equivalence?.p ?? null,
    equivalenceHolmP: equivalence?.holmP ?? null,
    equivalenceLow: equivalence?.interval.low ?? null,
    equivalenceHigh: equivalence?.interval.high ?? null,
    exaggeration: exaggeration?.ratio ?? null,
    undoingShare: unseen?.share ?? null,
    undoingEnd: unseen?.end ?? null,
    unseenShare: unseen?.unseen ?? null,
    untrained: untrained.map(untrainedText).join('; '),
  };
}

function simpleRows(finding: Finding): Row[] {
  if (!isDeclared(finding)) return [];
  const { id, factor, measure } = finding;
  return finding.simple.map(({ where, estimate, interval, untrained, n, p, holmP }) => ({
    id: `${id} at ${where}`,
    family: 'simple effect',
    factor,
    measure,
    estimate,
    ...interval,
    level: 0.95,
    n: n.join(' '),
    p,
    holmP,
    untrained: untrained.map(untrainedText).join('; '),
  }));
}
