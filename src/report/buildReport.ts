/** A study's records -> one document, as HTML and Markdown, with its figures and tables. */

import { csvFormatRows } from 'd3-dsv';
import type { JudgedClaim } from '../analysis/claims/claims.js';
import { findStudy } from '../analysis/findings/findings.js';
import {
  CURVE_DEFINITIONS,
  declaredMeasure,
  isCurveMeasure,
  MEASURES,
} from '../analysis/measures/measures.js';
import { type StudySummary, summarizeStudy } from '../analysis/trials/study.js';
import { count, joinWords } from '../analysis/words/format.js';
import type { StudyFindings } from '../analysis/words/results.js';
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
  /** Computed from the records where not given. */
  readonly findings?: StudyFindings;
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
 * The report of a study. Equal records give equal bytes; nothing is selected, sorted or judged here that the findings do
 * not carry.
 * @param document the browser's, or jsdom's
 */
export function buildReport(records: StudyRecords, document: Document, extras: ReportExtras = {}): Report {
  const blocks = withUniqueAnchors(reportBlocks(records, document, extras));
  const claims = extras.claims === undefined ? [] : [claimsCsvTable(extras.claims)];
  const tables = [...blocks.filter((block) => block.kind === 'table'), ...claims];
  return {
    html: renderHtml(titleOf(records), blocks),
    markdown: renderMarkdown(blocks),
    figures: blocks.flatMap((block) =>
      block.kind === 'figure' ? [{ name: block.name, svg: standalone(block.svg) }] : [],
    ),
    tables: [
      ...tables.flatMap((table) => (table.name === null ? [] : [{ name: table.name, csv: csvOf(table) }])),
      ...measureTables(summarizeStudy(records)),
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

function reportBlocks(records: StudyRecords, document: Document, extras: ReportExtras): Block[] {
  const { study } = records;
  const sections = sectionsOf(records);
  const summary = summarizeStudy(records);
  const notes = placeNotes(
    extras.notes ?? null,
    sections.flatMap(({ factor }) => factor?.path ?? []),
  );
  const context: SectionContext = {
    records,
    figures: { document },
    colourOf: sectionColours(sections),
    axes: curveAxes(records.runs),
    count: { levels: 0, comparisons: 0 },
    seen: new Map(),
    findings: extras.findings ?? findStudy(records),
  };
  const byline = [...study.report.authors, study.report.affiliation ?? ''].filter((part) => part !== '');
  return [
    { kind: 'title', text: titleOf(records), byline: byline.join(' · ') },
    ...(study.question === null ? [] : [{ kind: 'lead', text: study.question } as const]),
    ...noticeBlocks(records, summary, extras),
    ...notes.front,
    ...findingBlocks(records, context.findings),
    ...claimBlocks(extras.claims),
    ...designBlocks(records, sections),
    ...(summary.trials.length > 1 ? [heading(2, 'Results at a glance'), trialsTable(summary)] : []),
    ...sections.flatMap((section) =>
      sectionBlocks(context, section, notes.byFactor.get(section.factor?.path ?? '') ?? []),
    ),
    ...interactionBlocks(context),
    ...isolationBlocks(records),
    ...searchedBlocks(context),
    ...combinationBlocks(records),
    ...testBlocks(summary),
    ...notes.back,
    ...definitionBlocks(summary),
    heading(2, 'Runs'),
    paragraph(runsSentence(summary, records.outside.length)),
    runsList(records),
    ...reproducibilityBlocks(records),
  ];
}

function noticeBlocks(
  { study, missing }: StudyRecords,
  { counts }: StudySummary,
  extras: ReportExtras,
): Block[] {
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
  if (missing.length + counts.unfinished > 0) {
    blocks.push(
      notice(
        `${counts.done + counts.diverged} of ${count(counts.declared, 'run')} have ended; this report is provisional.`,
      ),
    );
  }
  return blocks;
}

function designBlocks(records: StudyRecords, sections: readonly Section[]): Block[] {
  const { study } = records;
  const { factors, seeds, method, metric } = study;
  const seedText = `${count(seeds.length, 'seed')} (${joinWords(seeds.map(({ label }) => String(label)))})${streamText(study)}`;
  const which = study.selection === null ? 'every trial' : 'the trial chosen for each level';
  const what =
    factors.length === 0
      ? `One configuration, trained with ${seedText}.`
      : `Design: ${method.name}, ${which} trained with ${seedText}.`;
  const declared = declaredMeasure(metric);
  const better = metric.goal === 'maximize' ? 'higher' : 'lower';
  const blocks: Block[] = [
    heading(2, 'Design'),
    paragraph(`${what} Declared metric: ${declared.label} (${better} is better). ${declared.definition}`),
  ];
  const table = designTable(records, sections);
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

function testBlocks(summary: StudySummary): Block[] {
  const table = testTable(summary);
  const none = paragraph('No run has been evaluated on the test split.');
  return [heading(2, 'Test accuracy'), table ?? none];
}

/** Only what some run of this study has a value of. */
function definitionBlocks({ trials }: StudySummary): Block[] {
  const used = MEASURES.filter((measure) =>
    trials.some(({ measures }) => measures[measure.id].n > 0 || measure.censored),
  );
  if (used.length === 0) return [];
  const own = used.filter((measure) => !isCurveMeasure(measure));
  const items = [
    ...(own.length < used.length ? CURVE_DEFINITIONS : []),
    ...own.map(({ label, definition }) => [label, capitalFirst(definition)] as const),
  ];
  return [heading(2, 'Definitions'), { kind: 'terms', items }];
}

const capitalFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function runsSentence({ counts }: StudySummary, outside: number): string {
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
