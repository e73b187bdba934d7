/** What the curves of several groups of runs say about overfitting and over-confidence, in sentences. */

import { mean } from '../../stats/summary.js';
import { isFinished } from '../measures/curves.js';
import { measureOf } from '../measures/measures.js';
import { type Overfitting, overfittingOf } from '../measures/overfitting.js';
import type { RunGroup } from '../trials/runGroup.js';
import { formatValue, joinWords } from '../words/format.js';

interface Told {
  readonly group: RunGroup;
  readonly finished: number;
  readonly runs: readonly Overfitting[];
}

/** Which groups overfit by the rule of `measures/overfitting.ts`, from when on and by how much; which do not. */
export function overfittingSentences(groups: readonly RunGroup[]): string[] {
  const told = groups.flatMap((group): Told[] => {
    const finished = group.runs.filter(
      (run) => isFinished(run) && run.metrics.some((row) => row.validLoss !== null),
    );
    if (finished.length === 0) return [];
    const runs = finished.flatMap((run) => overfittingOf(run) ?? []);
    return [{ group, finished: finished.length, runs }];
  });
  const rising = told.filter(({ runs }) => runs.length > 0);
  const steady = told.filter(({ runs }) => runs.length === 0).map(({ group }) => group.fullLabel);
  return [
    ...(rising.length === 0
      ? []
      : [
          `The validation loss turns before the last epochs and rises by more than it fluctuates, which is overfitting, ${joinWords(rising.map(riseText))}.`,
        ]),
    ...(steady.length === 0 ? [] : [steadySentence(steady, rising.length > 0)]),
    ...accuracySentences(rising),
  ];
}

function steadySentence(names: readonly string[], isBesideRising: boolean): string {
  return isBesideRising
    ? `No such rise of the validation loss is seen for ${joinWords(names)}.`
    : `No overfitting is seen for ${joinWords(names)}: the validation loss does not turn before the last epochs and then rise by more than it fluctuates.`;
}

/** `from epoch 80 on for learning rate 0.2 (by 0.52, 3 of 3 runs)`. */
function riseText({ group, finished, runs }: Told): string {
  const onset = formatValue(Math.round(mean(runs.map((one) => one.onset)) ?? 0), 'epoch');
  const rise = formatValue(mean(runs.map((one) => one.rise)), 'loss');
  const share = finished === 1 ? '' : `, ${runs.length} of ${finished} runs`;
  return `from epoch ${onset} on${runs.length > 1 ? ' (mean)' : ''} for ${group.fullLabel} (by ${rise}${share})`;
}

/** What validation accuracy did meanwhile: a fact about the curves, and no cause. */
function accuracySentences(rising: readonly Told[]): string[] {
  const changes = rising.flatMap(({ group, runs }) => {
    const change = mean(runs.flatMap((one) => one.accuracyChange ?? []));
    return change === null ? [] : [{ name: group.fullLabel, change }];
  });
  const text = (verb: string, own: typeof changes) => {
    const parts = own.map(({ name, change }) => `${formatValue(Math.abs(change), 'points')} for ${name}`);
    return parts.length === 0 ? [] : [`${verb} by ${joinWords(parts)}`];
  };
  const parts = [
    ...text(
      'rises',
      changes.filter(({ change }) => change >= 0),
    ),
    ...text(
      'falls',
      changes.filter(({ change }) => change < 0),
    ),
  ];
  return parts.length === 0 ? [] : [`Validation accuracy meanwhile ${parts.join(', and ')}.`];
}

/**
 * What the final validation loss loses at the best temperature suggests over-confidence. Nothing is said of it where
 * calibration was not measured.
 */
export function confidenceSentences(groups: readonly RunGroup[]): string[] {
  const told = groups.flatMap((group) => {
    const before = group.summary(measureOf('validLoss.final')).mean;
    const after = group.summary(measureOf('lossAtTemperature')).mean;
    return before === null || after === null ? [] : [{ name: group.fullLabel, before, after }];
  });
  const falls = told.filter(({ before, after }) => after < before * 0.99);
  const stays = told.filter((one) => !falls.includes(one)).map(({ name }) => name);
  const parts = falls.map(
    ({ name, before, after }) =>
      `from ${formatValue(before, 'loss')} to ${formatValue(after, 'loss')} for ${name}`,
  );
  return [
    ...(parts.length === 0
      ? []
      : [
          `At the best temperature the final validation loss falls ${joinWords(parts)}: this suggests that that part of it is over-confidence.`,
        ]),
    ...(stays.length === 0
      ? []
      : [
          `At the best temperature the final validation loss is lower by less than 1%, or not at all, for ${joinWords(stays)}.`,
        ]),
  ];
}
