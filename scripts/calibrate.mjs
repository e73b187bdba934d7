// The long calibration of the statistics: simulates, prints each table as it is done, and writes them into docs/statistics.md
// between its markers. All take some minutes of one core; `npm run calibrate -- atChance` makes the tables of these names only and
// leaves the others, which the same draws would give again. Run after the build.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { calibrationTables, longSizes, tableNames } from '#dist/stats/simulation/tables.js';

const page = fileURLToPath(new URL('../docs/statistics.md', import.meta.url));
const begin = '<!-- calibration: begin (npm run calibrate) -->';
const end = '<!-- calibration: end -->';

const asked = process.argv.slice(2);
const names = asked.length === 0 ? tableNames : asked;
const made = [];
for (const table of calibrationTables(longSizes, names)) {
  console.log(`${table}\n`);
  made.push(table);
}
const text = await readFile(page, 'utf8');
const from = text.indexOf(begin);
const to = text.indexOf(end);
if (from < 0 || to < from) throw new Error(`${page} lacks the markers "${begin}" and "${end}"`);
const before = text.slice(from + begin.length, to).trim();
const written = asked.length === 0 ? made : renewed(before.split(/\n\n(?=### )/));
await writeFile(
  page,
  `${text.slice(0, from + begin.length)}\n\n${written.join('\n\n')}\n\n${text.slice(to)}`,
);
console.log(`written to ${page}`);

/** The page's tables with those that were made, each in its place of the whole. */
function renewed(tables) {
  const all = new Map(
    tableNames.map((name, i) => [name, tables.length === tableNames.length ? tables[i] : null]),
  );
  const others = tableNames.filter((name) => !names.includes(name));
  if (tables.length === others.length) for (const [i, name] of others.entries()) all.set(name, tables[i]);
  for (const [i, name] of names.entries()) all.set(name, made[i]);
  const lacking = [...all].filter(([, table]) => table === null).map(([name]) => name);
  if (lacking.length > 0) throw new Error(`the page lacks tables: make all of them (${lacking.join(', ')})`);
  return [...all.values()];
}
