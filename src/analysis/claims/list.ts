/** Claims with their verdicts, as people read them: groups together, in the order of the file, and a count. */

import { count } from '../words/format.js';
import type { JudgedClaim } from './claims.js';

/** `supported (of these runs)`: a verdict on curves says so. */
export function verdictText({
  verdict,
  scope,
  fragile,
}: Pick<JudgedClaim, 'verdict' | 'scope' | 'fragile'>): string {
  const judged = verdict === 'supported' || verdict === 'contradicted';
  if (scope !== 'runs' || !judged) return verdict;
  return `${verdict} (of these runs${fragile.length === 0 ? '' : ', fragile'})`;
}

/** How often each verdict was given, most frequent first; verdicts without numbers of their own count together. */
export function verdictCounts(claims: readonly JudgedClaim[]): [verdict: string, n: number][] {
  const counts = new Map<string, number>();
  for (const claim of claims) {
    const text = verdictText(claim);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

export interface ListStyle {
  readonly width: number;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly verdict: (text: string, verdict: JudgedClaim['verdict']) => string;
}

/** For a terminal: each claim with its verdict and evidence, groups under their names, a count at the end. */
export function claimsList(claims: readonly JudgedClaim[], style: ListStyle): string {
  const lines: string[] = [];
  let group: string | null = null;
  for (const claim of claims) {
    if (claim.group !== group && (claim.group !== null || group !== null))
      lines.push('', style.bold(claim.group === null ? 'On its own' : claim.group));
    group = claim.group;
    lines.push('');
    for (const line of claimLines(claim, style)) lines.push(line);
  }
  const counts = verdictCounts(claims).map(([verdict, n]) => `${String(n).padStart(4)}  ${verdict}`);
  return [...lines.slice(1), '', style.bold(count(claims.length, 'claim')), ...counts].join('\n');
}

function claimLines(claim: JudgedClaim, { width, dim, verdict }: ListStyle): string[] {
  const page = claim.page === null ? '' : `, p. ${claim.page}`;
  const excludes = claim.excludes.length === 0 ? '' : `; excludes ${claim.excludes.join(', ')}`;
  return [
    `${claim.id}  ${verdict(verdictText(claim), claim.verdict)}`,
    ...wrap(claim.sentence, width),
    ...wrap(`${claim.source}${page}${excludes}`, width).map(dim),
    ...(claim.reading === null ? [] : wrap(claim.reading, width).map(dim)),
    ...wrap(claim.evidence, width),
    ...fragileTexts(claim).flatMap((text) => wrap(text, width)),
  ];
}

/** `Fragile: contradicted by another measure (Epochs to 50% ...)`: the other reading, with its numbers where they are others. */
export function fragileTexts({ fragile, evidence: own }: JudgedClaim): string[] {
  return fragile.map(({ what, verdict, evidence }) => {
    const numbers = own.includes(evidence) ? '' : ` (${evidence.replace(/\.$/, '')})`;
    return `Fragile: ${verdict} ${what}${numbers}.`;
  });
}

/** Lines of at most `width` characters, indented by two. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width - 2) {
      lines.push(`  ${line}`);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, `  ${line}`];
}
