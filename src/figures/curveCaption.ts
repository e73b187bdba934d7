/** The sentences of captions that all curve figures share. */

import type { CurveName } from '../analysis/measures/curves.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { count } from '../analysis/words/format.js';
import { maxOf } from '../base/extremes.js';
import { axisOf, type CurveAxes, farthestBeyond, isMeaningful, isMeasured, leftAxes } from './curveSeries.js';
import { isBandDrawn } from './panel.js';

/** What line, band and thin lines are; empty where every group is one run. */
export function repeatSentences(
  groups: readonly RunGroup[],
  names: readonly CurveName[],
  axes: CurveAxes,
): string[] {
  const most = maxOf(groups.map(({ runs }) => runs.length));
  if (most < 2) return groups.length === 1 ? ['One run.'] : ['One run each.'];
  const sizes = [...new Set(groups.map(({ runs }) => runs.length))];
  const of = sizes.length === 1 ? `of ${count(most, 'run')}` : 'of the runs';
  const curves = groups.flatMap((group) => names.map((name) => ({ name, mean: group.curve(name).mean })));
  const bands = curves.filter(({ mean }) => isMeaningful(mean) && mean.some(({ low }) => low !== null));
  if (bands.length === 0) {
    const why = most < 3 ? 'fewer than three have no interval' : 'they do not vary, so they have no interval';
    return [`Line: the mean ${of}; thin: single runs; ${why}.`];
  }
  const isCut = bands.some(({ name, mean }) =>
    mean.some((point) => point.low !== null && !isBandDrawn(point, axisOf(name, axes))),
  );
  const cut = isCut ? ' The band is left out where it is wider than half the axis.' : '';
  return [`Line: the mean ${of}; band: its 95% interval over seeds; thin: single runs, their spread.${cut}`];
}

/** That an axis is logarithmic, or leaves something out. */
export function axisSentences(groups: readonly RunGroup[], axes: CurveAxes): string[] {
  return leftAxes(axes).flatMap(({ names, range, label }) => {
    const isLoss = range === axes.loss;
    if (range.scale === 'log')
      return isLoss || names.some((name) => isMeasured(groups, name))
        ? [`The ${label} is on a logarithmic axis.`]
        : [];
    const isBeyond = groups.some(({ runs }) =>
      runs.some((run) => farthestBeyond(run, { names, range, label }) !== null),
    );
    return isBeyond
      ? [`A triangle: a ${label} beyond the axis, a spike or of a run that did not train.`]
      : [];
  });
}

/** `Learning rate 0.05 (the baseline)`. */
export function titleOf(group: RunGroup): string {
  if (group.fullLabel === group.name) return `Trial ${group.name}`;
  const name = group.fullLabel.charAt(0).toUpperCase() + group.fullLabel.slice(1);
  return group.isBaseline && group.label !== 'baseline' ? `${name} (the baseline)` : name;
}
