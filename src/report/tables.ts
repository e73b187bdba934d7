/** The report's tables. */

import type { Analysis } from '../analysis/analyse.js';
import { isCurveMeasure, type Measure, measureOf, withDeclared } from '../analysis/measures/measures.js';
import { stateText } from '../analysis/trials/counts.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { trialsWithRuns } from '../analysis/trials/study.js';
import type { LevelSummary } from '../analysis/trials/summary.js';
import { summaryText } from '../analysis/trials/summaryText.js';
import { learningText } from '../analysis/trials/troubles.js';
import { ABSENT, commonDecimals, formatInterval, joinWords } from '../analysis/words/format.js';
import { factorLabel, levelLabel } from '../analysis/words/labels.js';
import type { StudyRecords } from '../store/records.js';
import { isTestMetric } from '../study/metrics.js';
import type { ResolvedStudy } from '../study/types.js';
import { type Cell, capital, cell, fileName, type TableBlock } from './blocks.js';
import type { Section } from './sections.js';

const isTest = (measure: Measure) => isTestMetric(measure.id);

/** A measure over several groups, with the same decimals in all of their cells. */
export function summaryCells(summaries: readonly LevelSummary[]): Cell[] {
  const unit = summaries[0]?.measure.unit ?? 'number';
  const decimals = commonDecimals(
    summaries.map(({ mean }) => mean),
    unit,
  );
  return summaries.map((summary) => {
    const { text, value } = summaryText(summary, decimals);
    return cell(text, value);
  });
}

/** The intervals of a measure over several groups, with the decimals that its means have. */
export function intervalCells(summaries: readonly LevelSummary[]): Cell[] {
  const unit = summaries[0]?.measure.unit ?? 'number';
  const decimals = commonDecimals(
    summaries.map(({ mean }) => mean),
    unit,
  );
  return summaries.map(({ interval }) =>
    interval === null
      ? cell(ABSENT, null)
      : cell(formatInterval(interval.low, interval.high, unit, decimals), `${interval.low} ${interval.high}`),
  );
}

/** Each row of these columns, beside the cells that stand before them. */
export function byRow(columns: readonly (readonly Cell[])[]): Cell[][] {
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row]!));
}

/** Measures down, levels across, for a CSV. Test results are left out: they have a table of their own. */
export function levelTable({ metric: declared }: Analysis, section: Section): TableBlock {
  return measuresTable(declared, section.groups, { name: fileName(section.id), caption: '' });
}

/** Above so many columns a table is wider than a page. */
const MOST_COLUMNS = 5;

/** Every measure of every trial, in the columns of the report's tables: files only. */
export function trialMeasureTables(analysis: Analysis): TableBlock[] {
  return tablesByTrial(analysis, () => true, null);
}

/** What stands in the report beside the table of trials, in tables that a page is wide enough for. */
export function furtherMeasureTables(analysis: Analysis): TableBlock[] {
  const files = 'final and best values, and the epochs of the best, are in tables/measures-by-trial.csv';
  const told = trialsWithRuns(analysis).length > 1 ? trialMeasures(analysis) : [];
  return tablesByTrial(analysis, (measure) => isFurther(measure, told), files);
}

/** Of each curve one value, the mean of the last epochs, and what is measured of whole runs, but for what the table of trials has told. */
function isFurther(measure: Measure, told: readonly string[]): boolean {
  if (isTest(measure) || told.includes(measure.id)) return false;
  return !isCurveMeasure(measure) || measure.id.endsWith('.last');
}

/** The measures of the table of trials, the declared one first. */
function trialMeasures(analysis: Analysis): string[] {
  const { metric } = analysis;
  const has = (id: string) => trialsWithRuns(analysis).some((trial) => trial.summary(measureOf(id)).n > 0);
  const gap = has('generalizationGap') ? 'generalizationGap' : 'apparentGap';
  const others = ['trainAccuracy.last', 'validAccuracy.last', 'validLoss.last', gap].filter(has);
  return [...(isTest(metric) ? [] : [metric.id]), ...others.filter((id) => id !== metric.id)];
}

function tablesByTrial(
  analysis: Analysis,
  shows: (measure: Measure) => boolean,
  elsewhere: string | null,
): TableBlock[] {
  const trials = trialsWithRuns(analysis);
  const parts = Math.ceil(trials.length / MOST_COLUMNS);
  const size = Math.ceil(trials.length / Math.max(1, parts));
  return Array.from({ length: parts }, (_, i) => {
    const own = trials.slice(i * size, (i + 1) * size);
    const which = parts === 1 ? '' : ` (${i + 1} of ${parts})`;
    const end = parts === 1 ? '' : `-${i + 1}`;
    const caption =
      elsewhere === null
        ? ''
        : `Further measures of every trial${which}${i === 0 ? `; ${elsewhere}. ${spreadNote(own)}` : '.'}`;
    const name = `${elsewhere === null ? 'measures' : 'further-measures'}${end}`;
    return measuresTable(analysis.metric, own, { name, caption }, elsewhere === null ? null : shows);
  });
}

function measuresTable(
  declared: Measure,
  groups: readonly RunGroup[],
  about: Pick<TableBlock, 'name' | 'caption'>,
  /** `null`: all, with the state of the runs and the declared metric's interval. */
  shows: ((measure: Measure) => boolean) | null = null,
): TableBlock {
  const measures = withDeclared(declared).filter((measure) => !isTest(measure) && (shows?.(measure) ?? true));
  const rows = measures.map((measure) => ({
    measure,
    cells: groups.map((group) => group.summary(measure)),
  }));
  const measured = rows.filter(
    ({ measure, cells }) =>
      cells.some(({ n }) => n > 0) || (measure.censored && cells.some(({ perRun }) => perRun.length > 0)),
  );
  return {
    kind: 'table',
    ...about,
    head: ['Measure', ...groups.map(headOf)],
    numbersFrom: 1,
    rows: [
      ...(shows === null ? [[cell('runs'), ...groups.map((group) => cell(stateText(group.counts)))]] : []),
      ...measured.map(({ measure, cells }) => [
        cell(measure.id === declared.id ? `${measure.label} (declared metric)` : measure.label, measure.id),
        ...summaryCells(cells),
      ]),
      ...(shows === null ? intervalRow(declared, groups) : []),
    ],
  };
}

/** Of a level its value, of a trial its levels in words. */
const headOf = ({ isBaseline, label, name, fullLabel }: RunGroup) => {
  const text = label === name ? fullLabel : label;
  return isBaseline && text !== 'the baseline' ? `${text} (baseline)` : text;
};

function intervalRow(declared: Measure, groups: readonly RunGroup[]): Cell[][] {
  const cells = intervalCells(groups.map((group) => group.summary(declared)));
  if (isTest(declared) || cells.every(({ raw }) => raw === null)) return [];
  return [[cell(`95% interval of the declared metric’s mean`), ...cells]];
}

function spreadNote(groups: readonly RunGroup[]): string {
  const notes: string[] = [];
  if (groups.some(({ mixed }) => mixed)) {
    notes.push(
      'Means ± standard deviations over all runs with this level, which differ in other factors too; the interval of the mean is over seeds only.',
    );
  } else if (groups.some(({ runs }) => runs.length > 1))
    notes.push('Means ± standard deviations over seeds.');
  else notes.push('One run each.');
  if (groups.some(({ counts }) => counts.diverged > 0)) {
    notes.push(
      'Where runs diverged, values at the end are means of the runs that finished; best values and epochs to an accuracy count every run.',
    );
  }
  notes.push(`A dash: not measured.`);
  return notes.join(' ');
}

interface Column {
  readonly head: string;
  readonly cells: readonly Cell[];
}

/** Every trial (its name tells its levels) with the main measures, in the study's order. */
export function trialsTable(analysis: Analysis): TableBlock {
  const trials = trialsWithRuns(analysis);
  const { metric } = analysis;
  const summaries = (measure: Measure) => trials.map((trial) => trial.summary(measure));
  const has = (id: string) => summaries(measureOf(id)).some(({ n }) => n > 0);
  const column = (measure: Measure): Column => ({
    head: capital(headLabel(measure)),
    cells: summaryCells(summaries(measure)),
  });
  const columns: Column[] = [
    { head: 'Trial', cells: trials.map((trial) => trialCell(analysis, trial)) },
    { head: 'n', cells: trials.map(({ runs }) => cell(String(runs.length), runs.length)) },
    ...(isTest(metric) ? [] : [column(metric), ...intervalColumn(summaries(metric), 'its 95% interval')]),
    ...trialMeasures(analysis)
      .filter((id) => id !== metric.id)
      .map((id) => column(measureOf(id))),
  ];
  const repeated = trials.some(({ runs }) => runs.length > 1);
  return {
    kind: 'table',
    name: 'trials',
    caption: `Every trial, in the study’s order${repeated ? '; mean ± standard deviation over seeds' : ''}.${lastNote(trialMeasures(analysis).map((id) => (id === metric.id ? metric : measureOf(id))))}${has('generalizationGap') || !has('apparentGap') ? '' : ` ${APPARENT}`}${isTest(metric) ? '' : stillNote(summaries(metric))}`,
    head: columns.map(({ head }) => head),
    numbersFrom: 1,
    rows: byRow(columns.map(({ cells }) => cells)),
  };
}

/** Which values are means of the last epochs: their heads do not say so. Empty where none is. */
function lastNote(measures: readonly Measure[]): string {
  const means = measures.filter(({ id }) => id.endsWith('.last'));
  const own = means.filter(({ unit }) => !(unit in KINDS)).map((one) => headLabel(one));
  const kinds = Object.entries(KINDS).filter(([unit]) => means.some((one) => one.unit === unit));
  const names = [...own, ...kinds.map(([, name]) => name)];
  if (names.length === 0) return '';
  const verb = names.length === 1 && kinds.length === 0 ? 'is the mean' : 'are means';
  const gap = measures.some(({ id }) => id === 'generalizationGap') ? '; the gap is that at the end' : '';
  return ` ${capital(joinWords(names))} ${verb} of the last max(3, 10%) epochs of a run where no other epoch is named${gap}.`;
}

const KINDS = { accuracy: 'accuracies', loss: 'losses' };

const APPARENT =
  'Training accuracy in evaluation mode was not measured, so the generalization gap is not known: the apparent gap is from the accuracy while training.';

/** The caption says of which epochs. */
const headLabel = ({ label }: Measure) => label.replace(/, mean of the last epochs$/, '');

function intervalColumn(summaries: readonly LevelSummary[], head: string): Column[] {
  const cells = intervalCells(summaries);
  return cells.every(({ raw }) => raw === null) ? [] : [{ head, cells }];
}

/** What a dash in the column of intervals means, where one stands beside intervals. */
function stillNote(summaries: readonly LevelSummary[]): string {
  const isWithout = ({ n, sd, interval }: LevelSummary) => n > 1 && sd === 0 && interval === null;
  const hasSome = summaries.some(({ interval }) => interval !== null);
  return hasSome && summaries.some(isWithout) ? ' Runs that do not vary have no interval.' : '';
}

/** A trial that did not learn says so beside its name: its number is that of guessing, not of precision. */
function trialCell({ troubles }: Analysis, trial: RunGroup): Cell {
  const dead = learningText(trial, troubles);
  const lost = stateNote(trial);
  const note = [dead, lost].filter((text) => text !== null).join('; ');
  const name = cell(trial.fullLabel, trial.name);
  return note === '' ? name : { ...name, note };
}

function stateNote({ counts, runs }: RunGroup): string | null {
  return counts.done === runs.length && counts.missing === 0 ? null : stateText(counts);
}

/** Test results by trial, in the study's order whatever they are. */
export function testTable(analysis: Analysis): TableBlock | null {
  const trials = trialsWithRuns(analysis);
  const accuracy = trials.map((trial) => trial.summary(measureOf('testAccuracy')));
  const loss = trials.map((trial) => trial.summary(measureOf('testLoss')));
  if (accuracy.every(({ n }) => n === 0)) return null;
  const isDead = (trial: RunGroup) => learningText(trial, analysis.troubles) !== null;
  const columns: Column[] = [
    {
      head: 'Trial',
      cells: trials.map((trial) =>
        cell(isDead(trial) ? `${trial.fullLabel} †` : trial.fullLabel, trial.name),
      ),
    },
    { head: 'n', cells: accuracy.map(({ n }) => cell(String(n), n)) },
    { head: 'Test accuracy', cells: summaryCells(accuracy) },
    ...intervalColumn(accuracy, '95% t-interval'),
    { head: 'Test loss', cells: summaryCells(loss) },
  ];
  const dead = trials.some(isDead) ? ' †: with runs that did not learn.' : '';
  return {
    kind: 'table',
    name: 'test',
    caption: `Test split, evaluated once at the end of each run. In the study’s order; nothing is selected or sorted by it.${dead}${stillNote(accuracy)}`,
    head: columns.map(({ head }) => head),
    numbersFrom: 1,
    rows: byRow(columns.map(({ cells }) => cells)),
  };
}

/** One row per factor: its role, levels and baseline level. */
export function designTable({ factors }: ResolvedStudy, sections: readonly Section[]): TableBlock | null {
  if (factors.length === 0) return null;
  return {
    kind: 'table',
    name: 'design',
    caption: 'Factors and levels.',
    head: ['Factor', 'Key', 'Role', 'Levels', 'Baseline'],
    numbersFrom: 5,
    rows: factors.map(({ path, role, levels, range }) => {
      const own = sections
        .find((section) => section.factor?.path === path)
        ?.groups.find((one) => one.isBaseline);
      const drawn =
        range === null
          ? ''
          : `${levels.length} drawn from ${range.min} to ${range.max}, ${range.distribution}: `;
      return [
        cell(factorLabel(path)),
        cell(path),
        cell(role),
        cell(`${drawn}${levels.map(levelLabel).join(', ')}`),
        cell(own?.label ?? ABSENT),
      ];
    }),
  };
}

/** Every run that the study names or that lies on disk. */
export function runsList(records: StudyRecords): TableBlock {
  const row = (status: string, { record }: StudyRecords['runs'][number]) => [
    cell(record.id),
    cell(record.trialName),
    cell(String(record.seed.label), record.seed.label),
    cell(record.statusReason === null ? status : `${status}: ${record.statusReason}`),
    cell(
      record.epochsDone === record.epochs ? `${record.epochs}` : `${record.epochsDone} of ${record.epochs}`,
      record.epochsDone,
    ),
    record.seconds === 0 ? cell(ABSENT, null) : cell((record.seconds / 60).toFixed(1), record.seconds / 60),
  ];
  return {
    kind: 'table',
    name: 'runs',
    caption: 'Every run that the study names or that lies on disk.',
    head: ['Run', 'Trial', 'Seed', 'Status', 'Epochs', 'Minutes'],
    numbersFrom: 4,
    rows: [
      ...(records.search?.runs ?? []).map((run) => row(`${run.record.status}, search`, run)),
      ...records.runs.map((run) => row(run.record.status, run)),
      ...[...(records.search?.missing ?? []), ...records.missing].map(({ id, trialName, seed }) => [
        cell(id),
        cell(trialName),
        cell(String(seed.label), seed.label),
        cell('not started'),
        cell(ABSENT, null),
        cell(ABSENT, null),
      ]),
      ...records.outside.map((run) => row(`${run.record.status}, outside the study`, run)),
    ],
  };
}
