/** A run, or several runs and trials side by side, for the terminal. */

import { extent } from 'd3-array';
import { stringify } from 'yaml';
import { curveOf } from '../analysis/measures/curves.js';
import { isCurveMeasure, MEASURES, measureOf, ownMetrics } from '../analysis/measures/measures.js';
import { RunGroup } from '../analysis/trials/runGroup.js';
import { summaryText } from '../analysis/trials/summaryText.js';
import { ABSENT, count, formatValue } from '../analysis/words/format.js';
import { levelsLabel } from '../analysis/words/labels.js';
import { maxOf } from '../base/extremes.js';
import { formatTable } from '../base/text.js';
import type { LoadedRun } from '../store/records.js';
import { configurationInput } from '../study/configuration.js';
import { metricOf } from '../study/metrics.js';
import type { RunConfiguration } from '../study/types.js';

/**
 * The measures that any of the columns has, test results last; of several seeds mean ± standard deviation. Of the curves
 * only the mean of the last epochs: their final and best values stand in the report's tables.
 */
export function measuresTable(columns: readonly RunGroup[], width?: number): string {
  const runs = columns.flatMap((group) => group.runs);
  const own = ownMetrics(runs).map((name) => measureOf(`${name}.last`));
  const rows = [...own, ...MEASURES]
    .filter((one) => !isCurveMeasure(one) || one.id.endsWith('.last'))
    .map((measure) => ({
      measure,
      cells: columns.map((group) => group.summary(measure)),
    }))
    .filter(({ measure, cells }) =>
      cells.some(({ n, perRun }) => n > 0 || (measure.censored && perRun.length > 0)),
    );
  if (rows.length === 0) return 'No run has measures yet.';
  const state = columns.map(({ runs, counts }) =>
    runs.length === 1 ? runs[0]!.record.status : `${counts.done} of ${runs.length} done`,
  );
  const lines = [
    ['measure', ...columns.map(({ label }) => label)],
    ['status', ...state],
    ...rows.map(({ measure, cells }) => [measure.label, ...cells.map((one) => summaryText(one).text)]),
  ];
  return formatTable(lines, { width, names: 'heads' });
}

const BARS = '▁▂▃▄▅▆▇█';
const CURVES = ['trainAccuracy', 'validAccuracy', 'trainLoss', 'validLoss'] as const;

/** The curves of a run, one line each: first value, the curve in bars (each from its lowest to its highest), last value. */
export function curveLines(run: LoadedRun, width = 60): string {
  const rows = [...CURVES, ...ownMetrics([run])].flatMap((name) => {
    const { unit, label } = metricOf(name);
    const values = curveOf(run, name).map(({ value }) => value);
    if (values.length === 0) return [];
    // A curve may have more points than a call takes arguments.
    const [low = 0, high = 0] = extent(values);
    const bar = (value: number) => BARS[high === low ? 0 : Math.round(((value - low) / (high - low)) * 7)];
    const bars = resampled(values, width).map(bar).join('');
    return [[label, formatValue(values[0], unit), bars, formatValue(values.at(-1), unit)]];
  });
  return rows.length === 0 ? 'No epoch has ended yet.' : formatTable(rows);
}

/** At most `width` values: means of equal stretches. */
function resampled(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width);
    const part = values.slice(from, Math.max(from + 1, Math.floor(((i + 1) * values.length) / width)));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** What it is, where it stands, its configuration, curves and measures. */
export function runText(run: LoadedRun, width = 100): string {
  const { record } = run;
  const reason = record.statusReason === null ? '' : ` (${record.statusReason})`;
  const minutes = record.seconds === 0 ? '' : `, ${(record.seconds / 60).toFixed(1)} minutes`;
  const levels = Object.keys(record.levels).length === 0 ? ABSENT : levelsLabel(record.levels);
  const facts: string[][] = [
    ['run', record.id],
    ['trial', record.trialName],
    ['levels', levels],
    ['seed', String(record.seed.label)],
    [
      'status',
      `${record.status}${reason}, ${record.epochsDone} of ${count(record.epochs, 'epoch')}${minutes}`,
    ],
    ...(record.backend === null
      ? []
      : [['backend', `${record.backend.backend}, ${record.backend.variant}, ${record.backend.precision}`]]),
    ...(record.source === null ? [] : [['imported from', record.source]]),
  ];
  const size = maxOf(facts.map(([name = '']) => name.length));
  const configuration =
    record.trainer !== undefined
      ? `command\n  ${record.trainer.command.join(' ')}`
      : record.configuration === null
        ? 'The configuration of imported curves is known by its levels only.'
        : `configuration\n${configurationLines(record.configuration)}`;
  return [
    facts.map(([name = '', value]) => `${name.padEnd(size)}  ${value}`).join('\n'),
    configuration,
    curveLines(run, Math.max(5, Math.min(60, width - 45))),
    measuresTable([new RunGroup({ name: 'value', runs: [run] })], width),
  ].join('\n\n');
}

/** One line for each key of the study file. */
function configurationLines(configuration: RunConfiguration): string {
  return Object.entries(configurationInput(configuration))
    .map(([key, value]) => {
      const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, aliasDuplicateObjects: false });
      return `  ${key}: ${text.trim()}`;
    })
    .join('\n');
}
