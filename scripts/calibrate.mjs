// The long calibration of the statistics: simulates, prints each table as it is done, and writes all of them into
// docs/statistics.md between its markers. Takes a few minutes of one core. Run by `npm run calibrate`, after the build.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { calibrationTables, longSizes } from '#dist/stats/simulation/tables.js';

const page = fileURLToPath(new URL('../docs/statistics.md', import.meta.url));
const begin = '<!-- calibration: begin (npm run calibrate) -->';
const end = '<!-- calibration: end -->';

const tables = [];
for (const table of calibrationTables(longSizes)) {
  console.log(`${table}\n`);
  tables.push(table);
}
const text = await readFile(page, 'utf8');
const from = text.indexOf(begin);
const to = text.indexOf(end);
if (from < 0 || to < from) throw new Error(`${page} lacks the markers "${begin}" and "${end}"`);
await writeFile(page, `${text.slice(0, from + begin.length)}\n\n${tables.join('\n\n')}\n\n${text.slice(to)}`);
console.log(`written to ${page}`);
