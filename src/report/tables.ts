/** The report's tables. */

import { declaredMeasure, MEASURES, type Measure } from '../analysis/measures/measures.js';
import { type LevelGroup, type LevelSummary, summarizeLevel } from '../analysis/trials/levels.js';
import type { StudySummary } from '../analysis/trials/study.js';
import { summaryText } from '../analysis/trials/summaryText.js';
import { ABSENT, formatInterval } from '../analysis/words/format.js';
import { factorLabel, levelLabel } from '../analysis/words/labels.js';
import type { StudyRecords } from '../store/records.js';
import { type Cell, capital, cell, fileName, type TableBlock } from './blocks.js';
import { type Section, stateOf } from './sections.js';

const isTest = (measure: Measure) => measure.id.startsWith('test');

/** A measure over the runs of a level: the value of one run, or mean ± standard deviation over several. */
export function summaryCell(summary: LevelSummary): Cell {
  const { text, value } = summaryText(summary);
  return cell(text, value);
}

/** Measures down, levels across. Test results are left out: they have a table of their own. */
export function levelTable(records: StudyRecords, section: Section): TableBlock {
  const { groups } = section;
  const measures = MEASURES.filter((measure) => !isTest(measure));
  const rows = measures.map((measure) => ({
    measure,
    cells: groups.map((group) => summarizeLevel(group, measure)),
  }));
  const measured = rows.filter(
    ({ measure, cells }) =>
      cells.some(({ n }) => n > 0) || (measure.censored && cells.some(({ perRun }) => perRun.length > 0)),
  );
  const declared = declaredMeasure(records.study.metric);
  return {
    kind: 'table',
    name: fileName(section.id),
    caption: `${capital(section.title)}: all measures. ${spreadNote(groups)}`,
    head: [
      'Measure',
      ...groups.map((group) => (group.isBaseline ? `${group.label} (baseline)` : group.label)),
    ],
    numbersFrom: 1,
    rows: [
      [cell('runs'), ...groups.map((group) => cell(stateOf(group)))],
      ...measured.map(({ measure, cells }) => [
        cell(measure.id === declared.id ? `${measure.label} (declared metric)` : measure.label, measure.id),
        ...cells.map(summaryCell),
      ]),
      ...intervalRow(declared, groups),
    ],
  };
}

function intervalRow(declared: Measure, groups: readonly LevelGroup[]): Cell[][] {
  const cells = groups.map((group) => intervalCell(summarizeLevel(group, declared)));
  if (isTest(declared) || cells.every(({ raw }) => raw === null)) return [];
  return [[cell(`95% interval of the declared metric’s mean`), ...cells]];
}

function intervalCell(summary: LevelSummary): Cell {
  const { interval } = summary;
  if (interval === null) return cell(ABSENT, null);
  const text = formatInterval(interval.low, interval.high, summary.measure.unit);
  return cell(text, `${interval.low} ${interval.high}`);
}

function spreadNote(groups: readonly LevelGroup[]): string {
  const notes: string[] = [];
  if (groups.some(({ mixed }) => mixed)) {
    notes.push(
      'Means ± standard deviations over all runs with this level, which differ in other factors too; the interval of the mean is over seeds only.',
    );
  } else if (groups.some(({ runs }) => runs.length > 1))
    notes.push('Means ± standard deviations over seeds.');
  else notes.push('One run each.');
  if (groups.some(({ runs }) => runs.some((run) => run.record.status === 'diverged'))) {
    notes.push(
      'Where runs diverged, values at the end are means of the runs that finished; best values and epochs to an accuracy count every run.',
    );
  }
  notes.push(`A dash: not measured.`);
  return notes.join(' ');
}

/** Every trial (its name tells its levels) with the main measures, in the study's order. */
export function trialsTable(summary: StudySummary): TableBlock {
  const has = (id: string) => summary.trials.some((trial) => trial.measures[id].n > 0);
  const gap = has('generalizationGap') ? 'generalizationGap' : 'apparentGap';
  const others = ['trainAccuracy.last', 'validAccuracy.last', 'validLoss.last', gap].filter(has);
  const shown = [...new Set(isTest(summary.metric) ? others : [summary.metric.id, ...others])];
  return {
    kind: 'table',
    name: 'trials',
    caption: 'Every trial, in the study’s order; of several seeds mean ± standard deviation.',
    head: ['Trial', 'Runs', ...shown.map((id) => capital(MEASURES.find((one) => one.id === id)!.label))],
    numbersFrom: 1,
    rows: summary.trials.map((trial) => [
      cell(trial.name),
      cell(String(trial.runs.length), trial.runs.length),
      ...shown.map((id) => summaryCell(trial.measures[id])),
    ]),
  };
}

/** Test results by trial, in the study's order whatever they are. */
export function testTable(summary: StudySummary): TableBlock | null {
  const known = summary.trials.filter((trial) => trial.measures.testAccuracy.n > 0);
  if (known.length === 0) return null;
  return {
    kind: 'table',
    name: 'test',
    caption:
      'Test split, evaluated once at the end of each run. In the study’s order; nothing is selected or sorted by it.',
    head: ['Trial', 'n', 'Test accuracy', '95% t-interval', 'Test loss'],
    numbersFrom: 1,
    rows: summary.trials.map(({ name, measures }) => [
      cell(name),
      cell(String(measures.testAccuracy.n), measures.testAccuracy.n),
      summaryCell(measures.testAccuracy),
      intervalCell(measures.testAccuracy),
      summaryCell(measures.testLoss),
    ]),
  };
}

/** One row per factor: its role, levels and baseline level. */
export function designTable(records: StudyRecords, sections: readonly Section[]): TableBlock | null {
  const { factors } = records.study;
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
    cell(`${record.epochsDone} of ${record.epochs}`, record.epochsDone),
    record.seconds === 0 ? cell(ABSENT, null) : cell((record.seconds / 60).toFixed(1), record.seconds / 60),
  ];
  return {
    kind: 'table',
    name: 'runs',
    caption: 'Every run.',
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
