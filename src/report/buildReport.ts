/** A study's records -> one document, as HTML and Markdown, with its figures and tables. */

import { csvFormatRows } from 'd3-dsv';
import type { Analysis } from '../analysis/analyse.js';
import { trialsWithRuns } from '../analysis/trials/study.js';
import { curveAxes } from '../figures/curveSeries.js';
import type { StudyRecords } from '../store/records.js';
import { appendixBlocks } from './appendix.js';
import { type Block, heading, type TableBlock, unfolded } from './blocks.js';
import { withShortCaptions } from './captions.js';
import { claimBlocks, claimsCsvTable } from './claims.js';
import { designBlocks } from './design.js';
import type { ReportExtras } from './extras.js';
import { exploratoryTables, findingBlocks } from './findings.js';
import { findingsTable } from './findingsTable.js';
import { glanceBlocks } from './glance.js';
import { renderHtml } from './html.js';
import { combinationBlocks, interactionBlocks, searchedBlocks } from './interactions.js';
import { isolationBlocks } from './isolation.js';
import { renderMarkdown } from './markdown.js';
import { measureTables } from './measureTables.js';
import { factorTarget, OWN_SECTIONS, placeNotes, weave } from './notes.js';
import { noticeBlocks } from './notices.js';
import { type SectionContext, sectionBlocks, sectionId } from './sectionBlocks.js';
import { type Section, sectionColours, sectionsOf } from './sections.js';
import { levelTable, testTable, trialMeasureTables, trialsTable } from './tables.js';

export type { ReportExtras };

export interface Report {
  /** Self-contained: figures inline. */
  readonly html: string;
  /** Refers to `figures/NAME.svg`. */
  readonly markdown: string;
  readonly figures: readonly { readonly name: string; readonly svg: string }[];
  readonly tables: readonly { readonly name: string; readonly csv: string }[];
}

/**
 * The report of an analysed study. Equal records give equal bytes; nothing is selected, sorted or judged here that the findings do
 * not carry.
 * @param document the browser's, or jsdom's
 */
export function buildReport(analysis: Analysis, document: Document, extras: ReportExtras = {}): Report {
  const sections = sectionsOf(analysis);
  const made = reportBlocks(analysis, sections, document, extras);
  const blocks = withShortCaptions(withUniqueAnchors(made));
  const all = unfolded(blocks);
  const filesOnly = [
    findingsTable(analysis),
    ...trialMeasureTables(analysis),
    ...exploratoryTables(analysis, sections),
    ...sections.map((section) => levelTable(analysis, section)),
    ...(extras.claims === undefined ? [] : [claimsCsvTable(extras.claims)]),
  ];
  const tables = [...all.filter((block) => block.kind === 'table'), ...filesOnly];
  return {
    html: renderHtml(titleOf(analysis.records), blocks),
    markdown: renderMarkdown(blocks),
    figures: all.flatMap((block) =>
      block.kind === 'figure' ? [{ name: block.name, svg: standalone(block.svg) }] : [],
    ),
    tables: [
      ...tables.flatMap((table) => (table.name === null ? [] : [{ name: table.name, csv: csvOf(table) }])),
      ...measureTables(analysis),
    ],
  };
}

/** Two headings of one name get two anchors, so that the contents lead to both. */
function withUniqueAnchors(blocks: readonly Block[]): Block[] {
  const seen = new Map<string, number>();
  return blocks.map((block) => {
    if (block.kind !== 'heading') return block;
    const times = (seen.get(block.id) ?? 0) + 1;
    seen.set(block.id, times);
    return times === 1 ? block : { ...block, id: `${block.id}-${times}` };
  });
}

const titleOf = ({ study }: StudyRecords) => study.report.title ?? study.name;

function reportBlocks(
  analysis: Analysis,
  sections: readonly Section[],
  document: Document,
  extras: ReportExtras,
): Block[] {
  const { records } = analysis;
  const { study } = records;
  const context: SectionContext = {
    analysis,
    figures: { document },
    look: {
      colourOf: sectionColours(sections, analysis.trials),
      axes: curveAxes(records.runs, analysis.troubles),
      troubles: analysis.troubles,
    },
  };
  const own: Block[] = [
    ...findingBlocks(analysis),
    ...resultBlocks(analysis),
    ...sections.flatMap((section) => sectionBlocks(context, section)),
    ...interactionBlocks(context),
    ...isolationBlocks(analysis),
    ...searchedBlocks(context),
    ...combinationBlocks(analysis),
    ...testBlocks(analysis),
    ...claimBlocks(extras.claims),
    ...designBlocks(analysis, sections),
  ];
  const there = new Set(own.flatMap((block) => (block.kind === 'heading' ? [block.id] : [])));
  const notes = placeNotes(extras.notes ?? null, [
    ...sections.flatMap((section) =>
      section.factor === null ? [] : [factorTarget(section.factor.path, sectionId(section))],
    ),
    ...OWN_SECTIONS.filter(({ id }) => there.has(id)),
  ]);
  const byline = [...study.report.authors, study.report.affiliation ?? ''].filter((part) => part !== '');
  return [
    { kind: 'title', text: titleOf(records), byline: byline.join(' · ') },
    ...(study.question === null ? [] : [{ kind: 'lead', text: study.question } as const]),
    ...noticeBlocks(analysis, extras),
    ...notes.abstract,
    ...glanceBlocks(context),
    ...notes.introduction,
    ...weave(own, notes),
    ...notes.back,
    ...appendixBlocks(context, sections, extras.claims),
  ];
}

function resultBlocks(analysis: Analysis): Block[] {
  return trialsWithRuns(analysis).length > 1 ? [heading(2, 'Every trial'), trialsTable(analysis)] : [];
}

/** Nothing where no run was evaluated on the test split. */
function testBlocks(analysis: Analysis): Block[] {
  const table = testTable(analysis);
  return table === null ? [] : [heading(2, 'Test accuracy'), table];
}

/** HTML's serialization knows one entity that XML does not. */
function standalone(svg: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg.replace(/&nbsp;/g, '&#160;')}\n`;
}

function csvOf(table: TableBlock): string {
  const rows = table.rows.map((row) => row.map(({ raw }) => (raw === null ? '' : String(raw))));
  return `${csvFormatRows([[...table.head], ...rows])}\n`;
}
