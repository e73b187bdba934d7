/** Colours that colour-blind readers can tell apart, and one colour for one run everywhere. */

/**
 * Okabe and Ito's palette (Color Universal Design, 2008) without its yellow, then colours of Paul Tol's muted scheme (Colour
 * Schemes, SRON/EPS/TN/09-002, 2021) that stand apart from them; orange, sky blue, pink, olive and sand darkened, so that
 * every line has a contrast of 3:1 on paper (WCAG 2.1, 1.4.11).
 */
export const PALETTE = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#C06A9A',
  '#B17A00',
  '#2E8BC0',
  '#882255',
  '#7A7A00',
  '#332288',
  '#AA4499',
  '#117733',
  '#8A6D3B',
] as const;

export const INK = '#222222';
export const FAINT = '#6b6b6b';
/** The baseline's: it appears under every factor. */
const BASELINE = '#4d4d4d';

export type ColourOf = (key: string) => string;

/** Dashes that tell lines apart where colours do not: in grey, in print, for colour-blind readers. */
const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '4 2 1 2 1 2', '12 4', '1 5', '6 2 2 2'] as const;

/** The dash of the i-th line of a figure, as an SVG `stroke-dasharray`. */
export function dashAt(i: number): string {
  return DASHES[i % DASHES.length]!;
}
/** How training curves are drawn beside validation curves, which are solid. */
export const TRAINING_DASH = '5 3';

/** Options of a Plot line with a dash: its ends are cut, since round ones fill the gaps between dashes. */
export function dashed(dash: string | undefined): { strokeDasharray?: string; strokeLinecap?: 'butt' } {
  return dash === undefined || dash === 'none' ? {} : { strokeDasharray: dash, strokeLinecap: 'butt' };
}

/**
 * A colour for each key, in the order given; the baseline is always grey. Beyond twelve keys the palette repeats, darker:
 * such figures are read by their labels.
 */
export function colourScale(keys: readonly string[], baselineKeys: readonly string[] = []): ColourOf {
  const colours = new Map<string, string>(baselineKeys.map((key) => [key, BASELINE]));
  let next = 0;
  for (const key of keys) {
    if (colours.has(key)) continue;
    const base = PALETTE[next % PALETTE.length]!;
    colours.set(key, next < PALETTE.length ? base : mix(base, '#000000', 0.35));
    next += 1;
  }
  return (key) => colours.get(key) ?? INK;
}

/** A colour with a share of another one in it. */
export function mix(colour: string, other: string, share: number): string {
  const channel = (text: string, i: number) => Number.parseInt(text.slice(1 + 2 * i, 3 + 2 * i), 16);
  const parts = [0, 1, 2].map((i) =>
    Math.round(channel(colour, i) * (1 - share) + channel(other, i) * share),
  );
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
