/** What goes across factors: interactions of crossed factors, searched ranges, and the best levels together. */

import type { Analysis } from '../analysis/analyse.js';
import { combinationSentences } from '../analysis/findings/combination.js';
import { measurePhrase } from '../analysis/measures/measures.js';
import { factorLabel, levelLabel } from '../analysis/words/labels.js';
import { interactionFigure } from '../figures/interactionFigure.js';
import { scatterFigure } from '../figures/scatterFigure.js';
import { type Block, capital, cell, drawn, fileName, heading, paragraph, type TableBlock } from './blocks.js';
import type { SectionContext } from './sectionBlocks.js';
import { byRow, intervalCells, summaryCells } from './tables.js';

/** One figure, and a table where trials have been pooled, for each pair of crossed factors; nothing for designs that cross none. */
export function interactionBlocks({ analysis, figures, look }: SectionContext): Block[] {
  const measure = analysis.metric;
  const blocks = analysis.crossings.flatMap(({ factors: [a, b], cells }): Block[] => {
    const about = { factors: [a.path, b.path], measure } as const;
    const figure = interactionFigure(figures, cells, about, look);
    const names = `${factorLabel(a.path)} and ${factorLabel(b.path)}`;
    const name = `interaction-${fileName(a.path)}-${fileName(b.path)}`;
    const mixed = cells.some((one) => one.mixed);
    const summaries = cells.map((group) => group.summary(measure));
    const table: TableBlock = {
      kind: 'table',
      name,
      caption: `${capital(measurePhrase(measure))} for each combination of ${names}; runs of one combination differ in other factors too.`,
      head: [factorLabel(a.path), factorLabel(b.path), 'n', capital(measure.label), '95% interval'],
      numbersFrom: 2,
      rows: byRow([
        cells.map(({ levels }) => cell(levelLabel(levels[a.path] ?? null))),
        cells.map(({ levels }) => cell(levelLabel(levels[b.path] ?? null))),
        summaries.map(({ n }) => cell(String(n), n)),
        summaryCells(summaries),
        intervalCells(summaries),
      ]),
    };
    // Of two factors alone the cells are the trials, and stand in their table.
    const tables = mixed ? [table] : [];
    if (figure === null)
      return [paragraph(`${capital(names)}: fewer than two combinations have a finished run.`), ...tables];
    return [...drawn(name, figure), ...tables];
  });
  return blocks.length === 0 ? [] : [heading(2, 'Interactions'), ...blocks];
}

/** The declared metric against each factor that was drawn from a range. */
export function searchedBlocks({ analysis, figures, look }: SectionContext): Block[] {
  const measure = analysis.metric;
  const blocks = analysis.drawn.flatMap(({ factor: { path, range }, levels: groups }): Block[] => {
    if (range === null) return [];
    const own = { colour: look.colourOf(groups[0]?.name ?? ''), troubles: look.troubles, range };
    return drawn(`searched-${fileName(path)}`, scatterFigure(figures, groups, measure, own));
  });
  return blocks.length === 0 ? [] : [heading(2, 'Searched ranges'), ...blocks];
}

/** Names the combination of the best levels and says whether it was run. */
export function combinationBlocks(analysis: Analysis): Block[] {
  const sentences = combinationSentences(analysis, analysis.best);
  return sentences.length === 0
    ? []
    : [heading(2, 'The best levels together'), paragraph(sentences.join(' '))];
}
