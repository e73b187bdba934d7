/** Plain sentences that state what the numbers of a factor's runs show, and no more. */

import type { Analysis } from '../analysis/analyse.js';
import { confidenceSentences, overfittingSentences } from '../analysis/findings/overfitting.js';
import { type Measure, measureOf, measurePhrase } from '../analysis/measures/measures.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { LevelSummary } from '../analysis/trials/summary.js';
import { learnedOf } from '../analysis/trials/troubles.js';
import { count, formatInterval, formatValue, joinWords } from '../analysis/words/format.js';
import { capital } from './blocks.js';
import type { Section } from './sections.js';

interface Level {
  readonly group: RunGroup;
  readonly summary: LevelSummary;
}

/**
 * What curves and measures show beside the findings: the levels' means where they are of several trials (those of single
 * trials stand in the trials' table), overfitting, the gap, speed, over-confidence, divergence.
 */
export function factorSentences(
  { metric: measure, troubles }: Analysis,
  { groups }: Pick<Section, 'groups'>,
): string[] {
  const levels = groups.map((group) => ({ group, summary: group.summary(measure) }));
  const known = levels.filter(({ summary }) => summary.mean !== null);
  if (known.length === 0)
    return ['No run of this section has finished, so there are no numbers to state yet.'];
  // A curve of a run that did not learn says nothing about overfitting or speed.
  const learned = groups.flatMap((group) => learnedOf(group, troubles) ?? []);
  const isMixed = known.some(({ group }) => group.mixed);
  return [
    ...(isMixed ? [levelsSentence(known, measure, troubles)] : []),
    ...learningSentences(groups, troubles, isMixed),
    ...overfittingSentences(learned),
    ...(isMixed ? gapSentences(learned) : []),
    ...speedSentences(learned),
    ...confidenceSentences(learned),
    ...divergedSentences(levels),
  ];
}

/** Which runs the sentences after it leave out; why it is known of each stands with the findings. */
function learningSentences(
  groups: readonly RunGroup[],
  { notLearned }: Analysis['troubles'],
  /** The sentence on means has named them. */
  isTold: boolean,
): string[] {
  const dead = groups.flatMap(({ runs, fullLabel }) => {
    const n = runs.filter((run) => notLearned.has(run)).length;
    return n === 0 ? [] : [`${n} of ${count(runs.length, 'run')} of ${fullLabel}`];
  });
  if (dead.length === 0) return [];
  return isTold
    ? ['Runs that did not learn are in these means, and left out of what is said of curves here.']
    : [`Left out of what is said of curves here, because they did not learn: ${joinWords(dead)}.`];
}

const nameOf = ({ group }: Level) =>
  group.isBaseline ? `${group.fullLabel} (the baseline)` : group.fullLabel;

function levelsSentence(
  known: readonly Level[],
  measure: Measure,
  { notLearned }: Analysis['troubles'],
): string {
  const counts = new Set(known.map(({ summary }) => summary.n));
  const parts = known.map((level) => {
    const { summary } = level;
    const interval =
      summary.interval === null
        ? ''
        : `, 95% interval ${formatInterval(summary.interval.low, summary.interval.high, measure.unit)}`;
    const over = counts.size === 1 ? '' : `, ${runsOf(level)}`;
    const dead = level.group.runs.filter((run) => notLearned.has(run)).length;
    const untrained = dead === 0 ? '' : `, ${dead} of ${count(level.group.runs.length, 'run')} did not learn`;
    const more = `${interval}${over}${untrained}`;
    return `${formatValue(summary.mean, measure.unit)} for ${nameOf(level)}${more === '' ? '' : ` (${more.slice(2)})`}`;
  });
  const [n] = counts;
  const each =
    known.length === 1 ? runsOf(known[0]) : n === 1 ? 'one run each' : `means over ${runsOf(known[0])} each`;
  return `${capital(measurePhrase(measure))}${counts.size === 1 ? ` (${each})` : ''}: ${joinWords(parts)}.`;
}

const runsOf = ({ summary, group }: Level) =>
  count(summary.n, group.mixed || summary.n === 1 ? 'run' : 'seed');

/** `1.90 for learning rate 0.2` of every level that has the measure, in the order of the section. */
function byLevel(groups: readonly RunGroup[], id: string): string[] {
  const measure = measureOf(id);
  return groups.flatMap((group) => {
    const { mean } = group.summary(measure);
    return mean === null ? [] : [`${formatValue(mean, measure.unit)} for ${group.fullLabel}`];
  });
}

/** Where training accuracy was not measured in evaluation mode, the apparent gap, called so. */
function gapSentences(groups: readonly RunGroup[]): string[] {
  const gaps = byLevel(groups, 'generalizationGap');
  if (gaps.length > 0) return [`The generalization gap at the end is ${joinWords(gaps)}.`];
  const apparent = byLevel(groups, 'apparentGap');
  if (apparent.length === 0) return [];
  return [
    `Training accuracy in evaluation mode was not measured, so the generalization gap is not known. The apparent gap, from the accuracy while training, is ${joinWords(apparent)}.`,
  ];
}

function speedSentences(groups: readonly RunGroup[]): string[] {
  const all = groups.map((group) => group.summary(measureOf('epochsTo90')).reached);
  if (all.some((one) => one !== null && one.n > 0) && all.every((one) => (one?.k ?? 0) === 0))
    return ['Training accuracy reaches 90% in no run.'];
  const parts = groups.flatMap((group) => {
    const { reached } = group.summary(measureOf('epochsTo90'));
    if (reached === null || reached.n === 0) return [];
    const share = reached.n === 1 ? '' : ` (${reached.k} of ${reached.n} runs)`;
    if (reached.k === 0) return [`not at all with ${group.fullLabel}`];
    if (reached.median === null) return [`by ${reached.k} of ${reached.n} runs with ${group.fullLabel}`];
    const epoch = `${reached.n === 1 ? '' : 'median '}epoch ${formatValue(reached.median, 'epoch')}`;
    return [`at ${epoch}${share} with ${group.fullLabel}`];
  });
  const ways = new Set(parts.map((text) => text.replace(/ with .*/, '')));
  const [same] = ways;
  // What holds for all levels is said once.
  if (parts.length > 1 && parts.length === groups.length && ways.size === 1)
    return [`Training accuracy reaches 90% ${same} with each.`];
  return parts.length === 0 ? [] : [`Training accuracy reaches 90% ${joinWords(parts)}.`];
}

function divergedSentences(levels: readonly Level[]): string[] {
  return levels
    .filter(({ summary }) => summary.diverged > 0)
    .map(
      ({ group, summary }) =>
        `${summary.diverged} of ${count(summary.perRun.length, 'run')} of ${group.fullLabel} diverged${summary.mean === null ? '' : '; its mean is of the runs that finished and carries no verdict'}.`,
    );
}
