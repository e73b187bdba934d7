/** Runs that diverged or collapsed are a result of their own: their share in each trial, against the baseline's. */

import { maxOf, minOf } from '../../base/extremes.js';
import { clopperPearson } from '../../stats/clopperPearson.js';
import { fisherExact } from '../../stats/fisher.js';
import type { RunGroup } from '../trials/runGroup.js';
import type { GroupedStudy } from '../trials/study.js';
import { measureValue } from '../trials/summary.js';
import { formatInterval, formatP, formatValue, joinWords } from '../words/format.js';
import type { ShareFinding } from '../words/results.js';
import { lostText } from './sentences.js';

type What = ShareFinding['what'];

/** One finding for every trial that has such runs. */
export function shareFindings(study: GroupedStudy): ShareFinding[] {
  return study.trials.flatMap((trial) =>
    (['diverged', 'collapsed'] as const).flatMap((what) => shareFinding(study, trial, what)),
  );
}

function lost({ troubles }: GroupedStudy, { runs, counts }: RunGroup, what: What): number {
  if (what === 'diverged') return counts.diverged;
  return runs.filter((run) => troubles.collapsed.has(run)).length;
}

function shareFinding(study: GroupedStudy, trial: RunGroup, what: What): ShareFinding[] {
  const { name, ended } = trial;
  const own = lost(study, trial, what);
  const share = clopperPearson(own, ended);
  if (own === 0 || share.status === 'undefined') return [];
  const { proportion, low, high, level, method } = share;
  const baseline = study.trials.find(({ isBaseline }) => isBaseline);
  const other = baseline === undefined || baseline === trial ? null : baseline;
  const test = other === null ? null : fisherExact(own, ended, lost(study, other, what), other.ended);
  const against =
    other === null || test?.status !== 'ok'
      ? ''
      : `; of the baseline ${lost(study, other, what)} of ${other.ended}, ${test.method.replace("'", '’')} p ${formatP(test.p)}`;
  const first = lostText(own, ended, what, trial.fullLabel);
  const which = what === 'collapsed' ? ` (${collapsedText(study, trial)})` : '';
  return [
    {
      kind: 'share',
      what,
      id: `${name}:${what}`,
      factor: name,
      measure: `share of ${what} runs`,
      sentence: `${first}${which}: ${formatValue(proportion, 'share')}, 95% ${method} interval ${formatInterval(low, high, 'accuracy')}${against}.`,
      share: proportion,
      interval: { low, high },
      level,
      method,
      n: [ended],
      p: test?.status === 'ok' ? test.p : null,
      verdict: null,
      family: 'exploratory',
      notes: [],
    },
  ];
}

/** `seed 3: 5.00%, far from the others, 54.90% to 55.60%`. */
function collapsedText({ metric, troubles }: GroupedStudy, { runs }: RunGroup): string {
  const value = (run: (typeof runs)[number]) => measureValue(run, metric) ?? Number.NaN;
  const isCollapsed = (run: (typeof runs)[number]) => troubles.collapsed.has(run);
  const fallen = runs
    .filter(isCollapsed)
    .map((run) => `seed ${run.record.seed.label}: ${formatValue(value(run), metric.unit)}`);
  const others = runs
    .filter((run) => !isCollapsed(run))
    .map(value)
    .filter(Number.isFinite);
  const [low, high] = [minOf(others), maxOf(others)].map((one) => formatValue(one, metric.unit));
  return `${joinWords(fallen)}, far from the others, ${low} to ${high}`;
}
