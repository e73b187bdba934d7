/** The report's tables. */

import type { Analysis } from '../analysis/analyse.js';
import { MEASURES, type Measure, measureOf } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { trialsWithRuns } from '../analysis/trials/study.js';
import type { LevelSummary } from '../analysis/trials/summary.js';
import { summaryText } from '../analysis/trials/summaryText.js';
import { ABSENT, formatInterval } from '../analysis/words/format.js';
import { factorLabel, levelLabel } from '../analysis/words/labels.js';
import type { StudyRecords } from '../store/records.js';
import { isTestMetric } from '../study/metrics.js';
import type { ResolvedStudy } from '../study/types.js';
import { type Cell, capital, cell, fileName, type TableBlock } from './blocks.js';
import { type Section, stateText } from './sections.js';

const isTest = (measure: Measure) => isTestMetric(measure.id);

/** A measure over the runs of a level: the value of one run, or mean ± standard deviation over several. */
export function summaryCell(summary: LevelSummary): Cell {
  const { text, value } = summaryText(summary);
  return cell(text, value);
}

/** Measures down, levels across. Test results are left out: they have a table of their own. */
export function levelTable({ metric: declared }: Analysis, section: Section): TableBlock {
  const { groups } = section;
  const measures = MEASURES.filter((measure) => !isTest(measure));
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
    name: fileName(section.id),
    caption: `${capital(section.title)}: all measures. ${spreadNote(groups)}`,
    head: [
      'Measure',
      ...groups.map((group) => (group.isBaseline ? `${group.label} (baseline)` : group.label)),
    ],
    numbersFrom: 1,
    rows: [
      [cell('runs'), ...groups.map((group) => cell(stateText(group.counts)))],
      ...measured.map(({ measure, cells }) => [
        cell(measure.id === declared.id ? `${measure.label} (declared metric)` : measure.label, measure.id),
        ...cells.map(summaryCell),
      ]),
      ...intervalRow(declared, groups),
    ],
  };
}

function intervalRow(declared: Measure, groups: readonly RunGroup[]): Cell[][] {
  const cells = groups.map((group) => intervalCell(group.summary(declared)));
  if (isTest(declared) || cells.every(({ raw }) => raw === null)) return [];
  return [[cell(`95% interval of the declared metric’s mean`), ...cells]];
}

function intervalCell(summary: LevelSummary): Cell {
  const { interval } = summary;
  if (interval === null) return cell(ABSENT, null);
  const text = formatInterval(interval.low, interval.high, summary.measure.unit);
  return cell(text, `${interval.low} ${interval.high}`);
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

/** Every trial (its name tells its levels) with the main measures, in the study's order. */
export function trialsTable(analysis: Analysis): TableBlock {
  const trials = trialsWithRuns(analysis);
  const { metric } = analysis;
  const has = (id: string) => trials.some((trial) => trial.summary(measureOf(id)).n > 0);
  const gap = has('generalizationGap') ? 'generalizationGap' : 'apparentGap';
  const others = ['trainAccuracy.last', 'validAccuracy.last', 'validLoss.last', gap].filter(has);
  const shown = [...new Set(isTest(metric) ? others : [metric.id, ...others])];
  return {
    kind: 'table',
    name: 'trials',
    caption: 'Every trial, in the study’s order; of several seeds mean ± standard deviation.',
    head: ['Trial', 'Runs', ...shown.map((id) => capital(measureOf(id).label))],
    numbersFrom: 1,
    rows: trials.map((trial) => [
      cell(trial.name),
      cell(String(trial.runs.length), trial.runs.length),
      ...shown.map((id) => summaryCell(trial.summary(measureOf(id)))),
    ]),
  };
}

/** Test results by trial, in the study's order whatever they are. */
export function testTable(analysis: Analysis): TableBlock | null {
  const rows = trialsWithRuns(analysis).map((trial) => ({
    name: trial.name,
    accuracy: trial.summary(measureOf('testAccuracy')),
    loss: trial.summary(measureOf('testLoss')),
  }));
  if (rows.every(({ accuracy }) => accuracy.n === 0)) return null;
  return {
    kind: 'table',
    name: 'test',
    caption:
      'Test split, evaluated once at the end of each run. In the study’s order; nothing is selected or sorted by it.',
    head: ['Trial', 'n', 'Test accuracy', '95% t-interval', 'Test loss'],
    numbersFrom: 1,
    rows: rows.map(({ name, accuracy, loss }) => [
      cell(name),
      cell(String(accuracy.n), accuracy.n),
      summaryCell(accuracy),
      intervalCell(accuracy),
      summaryCell(loss),
    ]),
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
