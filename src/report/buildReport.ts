/** A study's records -> one document, as HTML and Markdown, with its figures and tables. */

import { csvFormatRows } from 'd3-dsv';
import type { Analysis } from '../analysis/analyse.js';
import type { JudgedClaim } from '../analysis/claims/claims.js';
import { CURVE_DEFINITIONS, isCurveMeasure, MEASURES } from '../analysis/measures/measures.js';
import { OVERFITTING_RULE } from '../analysis/measures/overfitting.js';
import { trialsWithRuns } from '../analysis/trials/study.js';
import { count, joinWords } from '../analysis/words/format.js';
import { curveAxes } from '../figures/curveSeries.js';
import type { StudyRecords } from '../store/records.js';
import { type Block, heading, notice, paragraph, type TableBlock } from './blocks.js';
import { claimBlocks, claimsCsvTable } from './claims.js';
import { findingBlocks } from './findings.js';
import { renderHtml } from './html.js';
import { combinationBlocks, interactionBlocks, searchedBlocks } from './interactions.js';
import { isolationBlocks } from './isolation.js';
import { renderMarkdown } from './markdown.js';
import { measureTables } from './measureTables.js';
import { placeNotes } from './notes.js';
import { reproducibilityBlocks } from './reproducibility.js';
import { type SectionContext, sectionBlocks } from './sectionBlocks.js';
import { type Section, sectionColours, sectionsOf } from './sections.js';
import { designTable, runsList, testTable, trialsTable } from './tables.js';

export interface ReportExtras {
  readonly claims?: readonly JudgedClaim[];
  /** Text of the Markdown file that the study file's `report.text` names; its sections are woven in. */
  readonly notes?: string;
}

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
  const blocks = withUniqueAnchors(reportBlocks(analysis, document, extras));
  const claims = extras.claims === undefined ? [] : [claimsCsvTable(extras.claims)];
  const tables = [...blocks.filter((block) => block.kind === 'table'), ...claims];
  return {
    html: renderHtml(titleOf(analysis.records), blocks),
    markdown: renderMarkdown(blocks),
    figures: blocks.flatMap((block) =>
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

function reportBlocks(analysis: Analysis, document: Document, extras: ReportExtras): Block[] {
  const { records } = analysis;
  const { study } = records;
  const sections = sectionsOf(analysis);
  const notes = placeNotes(
    extras.notes ?? null,
    sections.flatMap(({ factor }) => factor?.path ?? []),
  );
  const context: SectionContext = {
    analysis,
    figures: { document },
    colourOf: sectionColours(sections),
    axes: curveAxes(records.runs),
    count: { levels: 0, comparisons: 0 },
    seen: new Map(),
  };
  const byline = [...study.report.authors, study.report.affiliation ?? ''].filter((part) => part !== '');
  return [
    { kind: 'title', text: titleOf(records), byline: byline.join(' · ') },
    ...(study.question === null ? [] : [{ kind: 'lead', text: study.question } as const]),
    ...noticeBlocks(analysis, extras),
    ...notes.front,
    ...findingBlocks(analysis),
    ...claimBlocks(extras.claims),
    ...designBlocks(analysis, sections),
    ...(trialsWithRuns(analysis).length > 1
      ? [heading(2, 'Results at a glance'), trialsTable(analysis)]
      : []),
    ...sections.flatMap((section) =>
      sectionBlocks(context, section, notes.byFactor.get(section.factor?.path ?? '') ?? []),
    ),
    ...interactionBlocks(context),
    ...isolationBlocks(analysis),
    ...searchedBlocks(context),
    ...combinationBlocks(analysis),
    ...testBlocks(analysis),
    ...notes.back,
    ...definitionBlocks(analysis),
    heading(2, 'Runs'),
    paragraph(runsSentence(analysis, records.outside.length)),
    runsList(records),
    ...reproducibilityBlocks(records),
  ];
}

function noticeBlocks({ records: { study }, counts }: Analysis, extras: ReportExtras): Block[] {
  const blocks: Block[] = [];
  if (study.report.miniatureOf !== null) {
    blocks.push(
      notice(
        `This study is a miniature of ${study.report.miniatureOf}: a smaller network, fewer images or fewer epochs. Effects here, and even their signs, are not those of the full study.`,
      ),
    );
  }
  if (study.report.text !== null && extras.notes === undefined) {
    blocks.push(notice(`The text ${study.report.text}, which the study file names, was not found.`));
  }
  if (counts.missing + counts.unfinished > 0) {
    blocks.push(
      notice(
        `${counts.done + counts.diverged} of ${count(counts.declared, 'run')} have ended; this report is provisional.`,
      ),
    );
  }
  return blocks;
}

function designBlocks(
  { records: { study }, metric: declared }: Analysis,
  sections: readonly Section[],
): Block[] {
  const { factors, seeds, method, metric } = study;
  const seedText = `${count(seeds.length, 'seed')} (${joinWords(seeds.map(({ label }) => String(label)))})${streamText(study)}`;
  const which = study.selection === null ? 'every trial' : 'the trial chosen for each level';
  const what =
    factors.length === 0
      ? `One configuration, trained with ${seedText}.`
      : `Design: ${method.name}, ${which} trained with ${seedText}.`;
  const better = metric.goal === 'maximize' ? 'higher' : 'lower';
  const blocks: Block[] = [
    heading(2, 'Design'),
    paragraph(`${what} Declared metric: ${declared.label} (${better} is better). ${declared.definition}`),
  ];
  const table = designTable(study, sections);
  if (table !== null) blocks.push(table);
  if (method.name === 'one-factor' && factors.filter(({ role }) => role === 'scientific').length > 1) {
    blocks.push(paragraph('One factor is varied at a time while the others stay at the baseline.'));
  }
  return blocks;
}

/** What the seeds vary, where it is not everything. */
function streamText({ seedStreams }: StudyRecords['study']): string {
  if (seedStreams === 'all') return '';
  return seedStreams === 'data'
    ? ', which vary the order and augmentation only'
    : ', which vary the initial weights only';
}

function testBlocks(analysis: Analysis): Block[] {
  const table = testTable(analysis);
  const none = paragraph('No run has been evaluated on the test split.');
  return [heading(2, 'Test accuracy'), table ?? none];
}

/** Only what some run of this study has a value of. */
function definitionBlocks(analysis: Analysis): Block[] {
  const used = MEASURES.filter((measure) =>
    trialsWithRuns(analysis).some((trial) => measure.censored || trial.summary(measure).n > 0),
  );
  if (used.length === 0) return [];
  const own = used.filter((measure) => !isCurveMeasure(measure));
  const items: (readonly [string, string])[] = [
    ...(own.length < used.length ? CURVE_DEFINITIONS : []),
    ...own.map(({ label, definition }) => [label, capitalFirst(definition)] as const),
    ...(used.some(({ id }) => id === 'overfittingRise') ? [['overfitting', OVERFITTING_RULE] as const] : []),
  ];
  return [heading(2, 'Definitions'), { kind: 'terms', items }];
}

const capitalFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function runsSentence({ counts }: Analysis, outside: number): string {
  const parts = [
    `${counts.done} done`,
    `${counts.diverged} diverged`,
    `${counts.failed} failed`,
    `${counts.unfinished} unfinished`,
    `${counts.missing} not started`,
  ];
  const more = outside === 0 ? '' : ` ${count(outside, 'run')} on disk that the study no longer names.`;
  return `Of ${count(counts.declared, 'run')}: ${joinWords(parts)}.${more}`;
}

/** HTML's serialization knows one entity that XML does not. */
function standalone(svg: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg.replace(/&nbsp;/g, '&#160;')}\n`;
}

function csvOf(table: TableBlock): string {
  const rows = table.rows.map((row) => row.map(({ raw }) => (raw === null ? '' : String(raw))));
  return `${csvFormatRows([[...table.head], ...rows])}\n`;
}
