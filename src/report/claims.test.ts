import { expect, it } from 'vitest';
import type { JudgedClaim } from '../analysis/claims/claims.js';
import { claimBlocks, claimsCsvTable, claimTables } from './claims.js';
import { renderHtml } from './html.js';
import { renderMarkdown } from './markdown.js';

const claim = (id: string, more: Partial<JudgedClaim>): JudgedClaim => ({
  id,
  sentence: `Claim ${id} & more.`,
  source: 'Abstract',
  page: 2,
  scope: 'runs',
  kind: 'difference',
  verdict: 'supported',
  evidence: `Numbers of ${id}.`,
  reading: null,
  fragile: [],
  group: null,
  excludes: [],
  ...more,
});
const claims = [
  claim('a', { group: 'rates', excludes: ['b'] }),
  claim('b', { group: 'rates', excludes: ['a'], verdict: 'contradicted' }),
  claim('c', { group: 'rates', scope: 'configurations', verdict: 'no verdict: one seed', excludes: ['d'] }),
  claim('d', { scope: 'configurations', verdict: 'no verdict: one seed' }),
];

it('counts the verdicts by group; the appendix has one table for each group', () => {
  const [heading, , counts] = claimBlocks(claims);
  expect(heading).toMatchObject({ text: 'Claims' });
  expect(counts).toMatchObject({
    head: ['Group', 'no verdict: one seed', 'supported (of these runs)', 'contradicted (of these runs)'],
  });
  const rows = counts!.kind === 'table' ? counts!.rows.map((row) => row.map(({ text }) => text)) : [];
  expect(rows).toEqual([
    ['Rates', '1', '1', '1'],
    ['Claims of no group', '1', '', ''],
    ['All', '2', '1', '1'],
  ]);
  const tables = claimTables(claims).flatMap((block) => (block.kind === 'table' ? [block.rows.length] : []));
  expect(tables).toEqual([3, 1]);
  const headings = claimTables(claims).flatMap((block) => (block.kind === 'heading' ? [block.text] : []));
  expect(headings).toEqual(['Rates', 'Claims of no group']);
  expect([...claimBlocks([]), ...claimTables([])]).toEqual([]);
});

it('names the claims that exclude each other once, with what their verdicts say', () => {
  const items = claimTables(claims).flatMap((block) => (block.kind === 'list' ? block.items : []));
  expect(items).toEqual([
    'a cannot hold together with b: a holds, of these runs, and b does not.',
    'c cannot hold together with d: the data do not decide between them (no verdict: one seed).',
  ]);
  const both = [claims[0]!, { ...claims[1]!, verdict: 'supported' as const }];
  expect(JSON.stringify(claimTables(both))).toMatch(/both are supported, so their criteria leave room/);
});

it('renders in HTML and Markdown, and as one CSV', () => {
  const html = renderHtml('t', claimTables(claims));
  expect(html).toContain('Claim a &amp; more.<span class="note">a · Abstract, p. 2</span>');
  expect(html).toContain('<span class="verdict contradicted">contradicted (of these runs)</span>');
  expect(renderMarkdown(claimTables(claims))).toContain('| Claim a &amp; more. (a · Abstract, p. 2) |');
  expect(claimsCsvTable(claims).rows.map((row) => row.length)).toEqual([12, 12, 12, 12]);
});
