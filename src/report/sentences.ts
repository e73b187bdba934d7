/** Plain sentences that state what the numbers of a factor's runs show, and no more. */

import { count, formatInterval, formatValue, joinWords } from '../analysis/format.js';
import { type LevelGroup, type LevelSummary, summarizeLevel } from '../analysis/summaryLevels.js';
import { declaredMeasure, type Measure, measureOf } from '../analysis/summaryMeasures.js';
import type { StudyRecords } from '../store/records.js';
import { capital } from './blocks.js';
import type { Section } from './sections.js';

interface Level {
  readonly group: LevelGroup;
  readonly summary: LevelSummary;
}

/** The declared metric by level and against the baseline, then the lowest validation loss, the gap, and divergence. */
export function factorSentences(records: StudyRecords, section: Section): string[] {
  const measure = declaredMeasure(records.study.metric);
  const levels = section.groups.map((group) => ({ group, summary: summarizeLevel(group, measure) }));
  const known = levels.filter(({ summary }) => summary.mean !== null);
  if (known.length === 0)
    return ['No run of this section has finished, so there are no numbers to state yet.'];
  return [
    ...known.map((level) => levelSentence(level, measure)),
    ...rangeSentences(known, measure),
    ...overfittingSentences(section),
    ...gapSentences(section),
    ...divergedSentences(levels),
    ...seedSentences(known),
  ];
}

/** `validation accuracy (mean of the last epochs)`. */
const metricName = (measure: Measure) => measure.label.replace(/, (.*)$/, ' ($1)');

const nameOf = ({ group }: Level) =>
  group.isBaseline ? `${group.fullLabel} (the baseline)` : group.fullLabel;

function levelSentence(level: Level, measure: Measure): string {
  const { summary, group } = level;
  const value = formatValue(summary.mean, measure.unit);
  if (summary.n === 1) return `${capital(nameOf(level))}: ${metricName(measure)} ${value} (one run).`;
  const interval =
    summary.interval === null || group.mixed
      ? ''
      : `, 95% interval ${formatInterval(summary.interval.low, summary.interval.high, measure.unit)}`;
  const over = group.mixed ? count(summary.n, 'run') : count(summary.n, 'seed');
  return `${capital(nameOf(level))}: ${metricName(measure)} ${value} on average over ${over}${interval}.`;
}

const differenceUnit = (measure: Measure) => (measure.unit === 'accuracy' ? 'points' : measure.unit);

function rangeSentences(known: readonly Level[], measure: Measure): string[] {
  if (known.length < 2) return [];
  const sorted = [...known].sort((a, b) => a.summary.mean! - b.summary.mean!);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const gap = formatValue(high.summary.mean! - low.summary.mean!, differenceUnit(measure));
  const baseline = known.find(({ group }) => group.isBaseline);
  const against = known
    .filter((level) => baseline !== undefined && level !== baseline)
    .map((level) => {
      const difference = level.summary.mean! - baseline!.summary.mean!;
      const direction = difference < 0 ? 'below' : 'above';
      const size = formatValue(Math.abs(difference), differenceUnit(measure));
      return difference === 0
        ? `${level.group.fullLabel} equals the baseline`
        : `${level.group.fullLabel} lies ${size} ${direction} the baseline`;
    });
  return [
    ...(against.length === 0 ? [] : [`In these runs ${joinWords(against)}.`]),
    ...(known.length > 2
      ? [
          `The highest value belongs to ${high.group.fullLabel}, the lowest to ${low.group.fullLabel}; they are ${gap} apart.`,
        ]
      : []),
  ];
}

function overfittingSentences(section: Section): string[] {
  const parts = section.groups.flatMap((group) => {
    const onset = summarizeLevel(group, measureOf('overfittingOnset'));
    const rise = summarizeLevel(group, measureOf('overfittingRise'));
    if (onset.mean === null || rise.mean === null) return [];
    return [
      `epoch ${formatValue(onset.mean, 'epoch')} for ${group.fullLabel} (higher by ${formatValue(Math.max(0, rise.mean), 'loss')} over the last epochs)`,
    ];
  });
  return parts.length === 0 ? [] : [`The validation loss is lowest at ${joinWords(parts)}.`];
}

function gapSentences(section: Section): string[] {
  const parts = section.groups.flatMap((group) => {
    const { mean } = summarizeLevel(group, measureOf('generalizationGap'));
    return mean === null ? [] : [`${formatValue(mean, 'points')} for ${group.fullLabel}`];
  });
  return parts.length === 0 ? [] : [`The generalization gap at the end is ${joinWords(parts)}.`];
}

function divergedSentences(levels: readonly Level[]): string[] {
  return levels
    .filter(({ summary }) => summary.diverged > 0)
    .map(
      ({ group, summary }) =>
        `${summary.diverged} of ${summary.perRun.length} runs of ${group.fullLabel} diverged; its mean is of the runs that finished and carries no verdict.`,
    );
}

function seedSentences(known: readonly Level[]): string[] {
  return known.some(({ summary }) => summary.n === 1)
    ? ['One seed carries no verdict: these numbers describe these runs, not what other seeds would give.']
    : [];
}
