/** An SVG of several panels with its legend inside: everything about layout that Observable Plot leaves open. */

import { FAINT, INK } from './palette.js';

const NAMESPACE = 'http://www.w3.org/2000/svg';
export const FONT = 'Helvetica, Arial, sans-serif';
/** Of all text in all figures: a figure as wide as an A4 page's text has it at 8 points. */
export const FONT_SIZE = 13;
/** Of every figure, so that their texts are of one size wherever they stand together. */
export const FIGURE_WIDTH = 800;
const LINE = 18;

/** A figure, and the words under it: what is shown, what its marks mean, what its axes leave out. */
export interface Drawn {
  readonly svg: string;
  readonly caption: string;
}

export interface FigureContext {
  /** The browser's, or jsdom's (`figures/node/document.ts`). */
  readonly document: Document;
}

export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly kind: 'line' | 'thin' | 'band' | 'dot' | 'hollow' | 'cross' | 'beyond' | 'interval' | 'square';
  /** `stroke-dasharray` of a line. */
  readonly dash?: string;
}

export interface PlacedPanel {
  readonly svg: Element;
  readonly x: number;
  readonly y: number;
}

/** Panels of one height, two in a row, from `top` down; one alone has the whole width. */
export function twoInARow<T>(
  items: readonly T[],
  height: number,
  draw: (item: T, width: number) => Element,
  { top = 0, columns = Math.min(2, items.length) }: { readonly top?: number; readonly columns?: number } = {},
): { readonly panels: readonly PlacedPanel[]; readonly height: number } {
  const width = FIGURE_WIDTH / Math.max(1, columns);
  return {
    panels: items.map((item, i) => ({
      svg: draw(item, width),
      x: (i % columns) * width,
      y: top + Math.floor(i / columns) * height,
    })),
    height: Math.ceil(items.length / Math.max(1, columns)) * height,
  };
}

export interface CanvasOptions {
  /** Height of the panels' area; the legend's rows come on top. */
  readonly height: number;
  /** For screen readers: what the figure shows. */
  readonly title: string;
  readonly legend: readonly LegendEntry[];
  /** Small lines under the panels. */
  readonly notes?: readonly string[];
}

/** Average width of a character of the sans-serif font, as a share of the font size: wide enough for Arial and DejaVu. */
const CHARACTER = 0.56;
const SWATCH = 24;
const ROW = 20;

export function textWidth(text: string, size = FONT_SIZE): number {
  return text.length * size * CHARACTER;
}

function element(
  context: FigureContext,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
): Element {
  const made = context.document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** Adds an SVG element with attributes, and text where given. */
export function append(
  context: FigureContext,
  parent: Element,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text?: string,
): Element {
  const made = element(context, name, attributes);
  if (text !== undefined) made.textContent = text;
  parent.appendChild(made);
  return made;
}

/** Places panels below a legend on white and returns the SVG's text; equal inputs give equal text. */
export function composeFigure(
  context: FigureContext,
  panels: readonly PlacedPanel[],
  options: CanvasOptions,
): string {
  const width = FIGURE_WIDTH;
  const room = width - 24;
  const widest = room - SWATCH - 24;
  const legend = options.legend.map((entry) => ({ ...entry, label: fitText(entry.label, widest) }));
  const rows = legendRows(legend, room);
  const top = rows.length * ROW + (rows.length > 0 ? 10 : 4);
  const notes = (options.notes ?? []).flatMap((note) => wrapText(note, width - 24));
  const height = Math.round(top + options.height + notes.length * LINE + (notes.length > 0 ? 6 : 0));
  const root = element(context, 'svg', {
    xmlns: NAMESPACE,
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': FONT,
    'font-size': FONT_SIZE,
  });
  append(context, root, 'title', {}, options.title);
  append(context, root, 'rect', { width, height, fill: '#ffffff' });
  drawLegend(context, root, rows);
  for (const { svg, x, y } of panels) {
    svg.setAttribute('x', String(x));
    svg.setAttribute('y', String(y + top));
    root.appendChild(svg);
  }
  for (const [i, note] of notes.entries()) {
    const y = top + options.height + 14 + i * LINE;
    append(context, root, 'text', { x: 12, y, fill: FAINT }, note);
  }
  return root.outerHTML;
}

function legendRows(entries: readonly LegendEntry[], width: number): LegendEntry[][] {
  const rows: LegendEntry[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const wide = entryWidth(entry);
    if (used + wide > width) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)!.push(entry);
    used += wide;
  }
  return rows;
}

function entryWidth(entry: LegendEntry): number {
  return SWATCH + 6 + textWidth(entry.label) + 18;
}

function drawLegend(context: FigureContext, root: Element, rows: readonly (readonly LegendEntry[])[]): void {
  for (const [i, row] of rows.entries()) {
    const y = 8 + ROW * i + ROW / 2;
    let x = 12;
    for (const entry of row) {
      drawSwatch(context, root, entry, x, y);
      append(context, root, 'text', { x: x + SWATCH + 6, y: y + 4, fill: INK }, entry.label);
      x += entryWidth(entry);
    }
  }
}

function drawSwatch(context: FigureContext, root: Element, entry: LegendEntry, x: number, y: number): void {
  const { colour, kind } = entry;
  if (kind === 'band') {
    append(context, root, 'rect', {
      x,
      y: y - 6,
      width: SWATCH,
      height: 12,
      fill: colour,
      'fill-opacity': 0.25,
    });
  } else if (kind === 'dot') {
    append(context, root, 'circle', { cx: x + SWATCH / 2, cy: y, r: 3.5, fill: colour });
  } else if (kind === 'hollow') {
    const look = { fill: '#ffffff', stroke: colour, 'stroke-width': 1.6 };
    append(context, root, 'circle', { cx: x + SWATCH / 2, cy: y, r: 3.5, ...look });
  } else if (kind === 'square') {
    append(context, root, 'rect', { x: x + SWATCH / 2 - 4, y: y - 4, width: 8, height: 8, fill: colour });
  } else if (kind === 'beyond') {
    append(context, root, 'path', { d: `M${x + SWATCH / 2 - 5},${y + 4}h10l-5,-9z`, fill: colour });
  } else if (kind === 'interval') {
    const d = `M${x},${y - 5}v10m0,-5h${SWATCH}m0,-5v10`;
    append(context, root, 'path', { d, stroke: colour, 'stroke-width': 2, fill: 'none' });
  } else if (kind === 'cross') {
    const middle = x + SWATCH / 2;
    const d = `M${middle - 4},${y - 4}l8,8m0,-8l-8,8`;
    append(context, root, 'path', { d, stroke: colour, 'stroke-width': 2, fill: 'none' });
  } else {
    const line = {
      x1: x,
      x2: x + SWATCH,
      y1: y,
      y2: y,
      stroke: colour,
      'stroke-width': kind === 'thin' ? 1 : 2.5,
    };
    const dash = entry.dash ?? 'none';
    append(context, root, 'line', dash === 'none' ? line : { ...line, 'stroke-dasharray': dash });
  }
}

/** Breaks a text into lines of at most `width` pixels: between words, and within those that are longer, behind signs where there are any. */
export function wrapText(text: string, width: number, size = FONT_SIZE): string[] {
  const most = Math.max(1, Math.floor(width / textWidth('x', size)));
  const lines: string[] = [];
  for (const [i, word] of text.split(' ').entries()) {
    for (const [k, part] of partsOf(word, most).entries()) {
      const longer = i === 0 && k === 0 ? part : `${lines.at(-1)}${k === 0 ? ' ' : ''}${part}`;
      if (lines.length === 0 || longer.length > most) lines.push(part);
      else lines[lines.length - 1] = longer;
    }
  }
  return lines;
}

/** A word of at most `most` letters as it is; a longer one in pieces that are not. */
function partsOf(word: string, most: number): string[] {
  if (word.length <= most) return [word];
  return (word.match(/[^-_/,=]*[-_/,=]+|[^-_/,=]+/g) ?? [word]).flatMap((part) => {
    const letters = [...part];
    const pieces = Math.ceil(letters.length / most);
    return Array.from({ length: pieces }, (_, i) => letters.slice(i * most, (i + 1) * most).join(''));
  });
}

/** A text of one line: of one that is too long the middle is left out, since names often differ at their ends. */
export function fitText(text: string, width: number, size = FONT_SIZE): string {
  const most = Math.max(3, Math.floor(width / textWidth('x', size)));
  const letters = [...text];
  if (letters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${letters.slice(0, most - 1 - end).join('')}…${letters.slice(letters.length - end).join('')}`;
}
