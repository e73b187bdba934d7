/** The isolation table of a study with nuisance factors, as blocks. */

import type { Analysis } from '../analysis/analyse.js';
import { measurePhrase } from '../analysis/measures/measures.js';
import type { IsolationRow } from '../analysis/search/isolation.js';
import { count, formatValue, joinWords } from '../analysis/words/format.js';
import { factorLevelLabel } from '../analysis/words/labels.js';
import { type Block, capital, cell, heading, paragraph, type TableBlock } from './blocks.js';
import { intervalCells, summaryCells } from './tables.js';

/** How each level was tuned, what was chosen, and the fresh runs that carry the verdicts; nothing without nuisance factors. */
export function isolationBlocks({ records, isolation: found }: Analysis): Block[] {
  if (found === null) return [];
  const { rule, measure, goal, rows, notes } = found;
  const seeds = (records.study.selection?.seeds ?? []).map(({ label }) => String(label));
  const which = goal === 'maximize' ? 'highest' : 'lowest';
  const isSelected = (records.search?.selection ?? null) !== null;
  const fresh = rows.map((row) => row.fresh);
  const [means, intervals] = [summaryCells(fresh), intervalCells(fresh)];
  const table: TableBlock = {
    kind: 'table',
    name: 'isolation',
    caption: `Each level at its best nuisance levels. The search value is the best of several trials, and so a lucky one; the fresh runs measure the chosen trial anew. Of trials: those of the search that trained to their end, of all.`,
    head: ['Level', 'Chosen', 'Of trials', 'Search value', 'n', capital(measure.label), '95% t-interval'],
    numbersFrom: 2,
    rows: rows.map((row, i) => [
      cell(row.label, row.name),
      cell(chosenText(row, isSelected)),
      cell(row.finished === row.trials ? String(row.trials) : `${row.finished} of ${row.trials}`, row.trials),
      cell(formatValue(row.searchValue, rule.unit), row.searchValue),
      cell(String(row.fresh.n), row.fresh.n),
      means[i]!,
      intervals[i]!,
    ]),
  };
  return [
    heading(2, 'Isolation'),
    paragraph(
      `Within each level the nuisance factors were searched with the same budget, with ${count(seeds.length, 'seed')} (${joinWords(seeds)}). Of each level the trial with the ${which} ${measurePhrase(rule)} was run again with the seeds of the study; only those runs carry verdicts.`,
    ),
    table,
    ...(notes.length === 0 ? [] : [{ kind: 'list', items: notes } as const]),
  ];
}

function chosenText({ chosen, finished, trials }: IsolationRow, isSelected: boolean): string {
  if (chosen === null)
    return isSelected && finished === 0 && trials > 0 ? 'none: no trial trained' : 'not chosen yet';
  return chosen.map(({ path, value }) => factorLevelLabel(path, value)).join(', ');
}
