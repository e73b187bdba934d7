/** Claims as blocks: a count of the verdicts by group; in the appendix one table for each group, with the claims that exclude each other. */

import type { JudgedClaim } from '../analysis/claims/claims.js';
import { fragileTexts, verdictCounts, verdictText } from '../analysis/claims/list.js';
import { count } from '../analysis/words/format.js';
import { type Block, capital, cell, fileName, heading, paragraph, type TableBlock } from './blocks.js';
import { refer } from './numbering.js';

/** How many claims of each group have which verdict; one by one they stand in the appendix. */
export function claimBlocks(claims: readonly JudgedClaim[] | undefined): Block[] {
  if (claims === undefined || claims.length === 0) return [];
  const verdicts = verdictCounts(claims).map(([verdict]) => verdict);
  const groups = groupsOf(claims);
  const counted = (own: readonly JudgedClaim[]) =>
    verdicts.map((verdict) => {
      const n = own.filter((claim) => verdictText(claim) === verdict).length;
      return cell(n === 0 ? '' : String(n), n);
    });
  const table: TableBlock = {
    kind: 'table',
    name: 'claim-counts',
    caption: `${count(claims.length, 'claim')} held against this study’s data, by verdict; ${refer('appendix', CLAIMS_ID)} has each with its evidence.`,
    head: ['Group', ...verdicts],
    numbersFrom: 1,
    rows: [
      ...groups.map(({ name, own }) => [cell(capital(name)), ...counted(own)]),
      ...(groups.length > 1 ? [[cell('All'), ...counted(claims)]] : []),
    ],
  };
  return [
    heading(2, 'Claims'),
    paragraph(
      '“Of these runs” is a verdict on what these curves show. A claim about configurations, that is, about what would happen again, needs two seeds or more.',
    ),
    table,
  ];
}

/** Title of the part of the appendix that has every claim, and its anchor. */
export const CLAIMS_TITLE = 'Claims one by one';
const CLAIMS_ID = 'appendix-claims-one-by-one';

/** Every claim with its verdict, reading and evidence, by groups. */
export function claimTables(claims: readonly JudgedClaim[] | undefined): Block[] {
  if (claims === undefined) return [];
  const groups = groupsOf(claims);
  return groups.flatMap(({ name, own }) => groupBlocks(claims, name, own, groups.length > 1));
}

function groupsOf(claims: readonly JudgedClaim[]) {
  return [...new Set(claims.map(({ group }) => group))].map((group) => ({
    name: group ?? 'Claims of no group',
    own: claims.filter((claim) => claim.group === group),
  }));
}

/** All claims as one table, for its CSV. */
export function claimsCsvTable(claims: readonly JudgedClaim[]): TableBlock {
  return {
    kind: 'table',
    name: 'claims',
    caption: '',
    head: [
      'id',
      'claim',
      'group',
      'source',
      'page',
      'scope',
      'kind',
      'verdict',
      'reading',
      'evidence',
      'fragile',
      'excludes',
    ],
    numbersFrom: 12,
    rows: claims.map((claim) =>
      [
        claim.id,
        claim.sentence,
        claim.group ?? '',
        claim.source,
        String(claim.page ?? ''),
        claim.scope,
        claim.kind,
        claim.verdict,
        claim.reading ?? '',
        claim.evidence,
        fragileTexts(claim).join(' '),
        claim.excludes.join(' '),
      ].map((text) => cell(text)),
    ),
  };
}

function groupBlocks(
  all: readonly JudgedClaim[],
  name: string,
  own: readonly JudgedClaim[],
  isOneOfMany: boolean,
): Block[] {
  const title: Block = {
    kind: 'heading',
    level: 3,
    text: capital(name),
    id: `claims-${fileName(name).toLowerCase()}`,
  };
  const pairs = pairSentences(all, own);
  return [
    ...(isOneOfMany ? [title] : []),
    {
      kind: 'table',
      name: null,
      caption: '',
      head: ['Claim', 'Verdict', 'Evidence'],
      numbersFrom: 3,
      rows: own.map((claim) => [
        { ...cell(claim.sentence), note: `${claim.id} · ${placeOf(claim)}` },
        { ...cell(verdictText(claim)), isVerdict: true },
        {
          ...cell([claim.evidence, ...fragileTexts(claim)].join(' ')),
          ...(claim.reading === null ? {} : { note: claim.reading }),
        },
      ]),
    },
    ...(pairs.length === 0 ? [] : [{ kind: 'list', items: pairs } as const]),
  ];
}

const placeOf = ({ source, page }: JudgedClaim): string => (page === null ? source : `${source}, p. ${page}`);

/** Each pair once, whichever of the two names the other; below the group of the first one. */
function pairSentences(all: readonly JudgedClaim[], own: readonly JudgedClaim[]): string[] {
  return own.flatMap((claim) =>
    all.flatMap((other, at) => {
      const excluded = claim.excludes.includes(other.id) || other.excludes.includes(claim.id);
      return excluded && at > all.indexOf(claim) ? [pairSentence(claim, other)] : [];
    }),
  );
}

function pairSentence(first: JudgedClaim, second: JudgedClaim): string {
  return `${first.id} cannot hold together with ${second.id}: ${pairVerdict(first, second)}.`;
}

/** What the verdicts say about two claims that exclude each other. */
function pairVerdict(first: JudgedClaim, second: JudgedClaim): string {
  const scope = first.scope === 'runs' || second.scope === 'runs' ? ', of these runs' : '';
  const [a, b] = [first.verdict, second.verdict];
  if (a === 'supported' && b === 'supported')
    return 'both are supported, so their criteria leave room for both';
  if (a === 'contradicted' && b === 'contradicted') return `neither holds${scope}`;
  for (const [claim, other] of [
    [first, second],
    [second, first],
  ] as const) {
    if (claim.verdict !== 'supported') continue;
    if (other.verdict === 'contradicted') return `${claim.id} holds${scope}, and ${other.id} does not`;
    return `${claim.id} holds${scope}; ${other.id} has no verdict that says so (${other.verdict})`;
  }
  const contradicted = [first, second].find(({ verdict }) => verdict === 'contradicted');
  if (contradicted !== undefined)
    return `${contradicted.id} does not hold${scope}; about the other the data decide nothing (${a === 'contradicted' ? b : a})`;
  return `the data do not decide between them (${a === b ? a : `${a}; ${b}`})`;
}
