/** A measure over the runs of a level, as people read it. */
import type { Measure } from '../measures/measures.js';
import { ABSENT, formatValue } from '../words/format.js';
import type { LevelSummary } from './summary.js';

export interface SummaryText {
  readonly text: string;
  /** What the text rounds; `null` where there is nothing. */
  readonly value: number | null;
}

const told = (text: string, value: number | null): SummaryText => ({ text, value });

/**
 * A measure over the runs of a level: the value of one run, or mean ± standard deviation over several.
 * @param decimals those of its column (`commonDecimals`)
 */
export function summaryText(summary: LevelSummary, decimals: number | null = null): SummaryText {
  const { measure, reached } = summary;
  if (reached !== null) return censoredText(summary, reached);
  if (summary.mean === null) return told(ABSENT, null);
  const isBeyond = /^[<>]/.test(formatValue(summary.mean, measure.unit));
  if (decimals !== null || isBeyond) {
    const spread =
      summary.sd === null || isBeyond ? '' : ` ± ${formatValue(summary.sd, measure.unit, decimals)}`;
    return told(`${formatValue(summary.mean, measure.unit, decimals)}${spread}`, summary.mean);
  }
  const value = formatValue(summary.mean, measure.unit);
  if (summary.sd === null) return told(value, summary.mean);
  const suffix = /(%| points)$/.exec(value)?.[0] ?? '';
  return told(
    `${value.slice(0, value.length - suffix.length)} ± ${spreadOf(summary.sd, value, measure)}${suffix}`,
    summary.mean,
  );
}

/** The deviation with as many decimals as the mean has; in full where those would show only zeros. */
function spreadOf(sd: number, mean: string, measure: Measure): string {
  const own = formatValue(sd, measure.unit).replace(/(%| points)$/, '');
  const decimals = /\.(\d+)/.exec(mean)?.[1]?.length;
  if (measure.unit !== 'loss' || decimals === undefined || /e/.test(mean)) return own;
  return sd === 0 || sd >= 10 ** -decimals ? sd.toFixed(decimals) : own;
}

function censoredText(summary: LevelSummary, reached: NonNullable<LevelSummary['reached']>): SummaryText {
  if (reached.n === 0) return told(ABSENT, null);
  if (reached.k === 0) return told('not reached', null);
  if (reached.n === 1) return told(formatValue(summary.values[0], 'epoch'), summary.values[0]);
  const middle =
    reached.median === null ? 'median not reached' : `median ${formatValue(reached.median, 'epoch')}`;
  return told(`${middle} (${reached.k} of ${reached.n})`, reached.median);
}
