/** A measure per level: its mean with interval and the single runs as points. */

import { type Measure, measurePhrase } from '../analysis/measures/measures.js';
import type { Drawn, FigureContext } from './canvas.js';
import type { CurveLook } from './curveSeries.js';
import { type RowSection, rowsCaption, rowsFigure } from './rowsFigure.js';

/** One row per level, or per trial under a heading for each combination of the other factors; `null` without any value. */
export function metricFigure(
  context: FigureContext,
  sections: readonly RowSection[],
  measure: Measure,
  { colourOf, troubles }: Pick<CurveLook, 'colourOf' | 'troubles'>,
): Drawn | null {
  const title = `${measure.label} per level: single runs, means and intervals`;
  const made = rowsFigure(context, sections, { measure, troubles, colourOf, title });
  const phrase = measurePhrase(measure);
  const subject = `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)} per level`;
  return made && { svg: made.svg, caption: rowsCaption(subject, sections, measure, made.range) };
}
