// Writes the verdicts of claims/ai6103.yaml on the published curves into docs/claims.md, between its markers. The curves are not
// part of this repository: their folder is the argument. Run by `npm run claims:page -- <folder>`, after the build.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fragileTexts, verdictCounts, verdictText } from '#dist/analysis/claims/list.js';
import { analyse, judgeClaims, loadStudy, readClaims } from '#dist/index.js';

const [curves] = process.argv.slice(2);
if (curves === undefined) throw new Error('name the folder of the published curves');
const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/claims.md');
const scratch = mkdtempSync(join(tmpdir(), 'claims-page-'));
try {
  const levels = 'lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}';
  const out = join(scratch, 'published');
  const main = join(root, 'dist/cli/main.js');
  execFileSync(process.execPath, [main, 'import', curves, '--levels', levels, '--out', out]);
  const records = loadStudy(out);
  const claims = judgeClaims(analyse(records), readClaims(join(root, 'claims/ai6103.yaml')));
  const cellText = (text) => text.replaceAll('|', '\\|');
  const row = (cells) => `| ${cells.map(cellText).join(' | ')} |`;
  const counts = [
    row(['verdict', 'claims']),
    '| --- | ---: |',
    ...verdictCounts(claims).map(([verdict, n]) => row([verdict, String(n)])),
  ];
  const groups = [...new Set(claims.map(({ group }) => group))].map((group) => {
    const title = group === null ? 'On its own' : group.charAt(0).toUpperCase() + group.slice(1);
    const rows = claims
      .filter((claim) => claim.group === group)
      .map((claim) =>
        row([
          claim.sentence,
          claim.page === null ? claim.source : `${claim.source}, p. ${claim.page}`,
          verdictText(claim),
          claim.reading ?? '',
          [claim.evidence, ...fragileTexts(claim)].join(' '),
        ]),
      );
    const head = [
      row(['claim', 'source', 'verdict', 'our reading', 'evidence']),
      '| --- | --- | --- | --- | --- |',
    ];
    return [`### ${title}`, '', ...head, ...rows].join('\n');
  });
  let text = readFileSync(page, 'utf8');
  for (const [name, body] of [
    ['counts', `${claims.length} claims.\n\n${counts.join('\n')}`],
    ['claims', groups.join('\n\n')],
  ]) {
    const [begin, end] = [`<!-- ${name}: begin (npm run claims:page) -->`, `<!-- ${name}: end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${page} lacks the markers "${begin}" and "${end}"`);
    text = `${text.slice(0, from + begin.length)}\n\n${body}\n\n${text.slice(to)}`;
  }
  writeFileSync(page, text);
  console.log(
    verdictCounts(claims)
      .map(([verdict, n]) => `${n} ${verdict}`)
      .join('\n'),
  );
} finally {
  rmSync(scratch, { recursive: true });
}
