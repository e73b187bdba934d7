/** Plain text within a width: names give way, numbers never. */

/** Shortened in its middle, so that its beginning and its end (a seed, a hash) are kept. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width <= 1) return '…'.slice(0, Math.max(0, width));
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}

export interface TableOptions {
  /** Characters of a line; no bound unless given (a file, a pipe). */
  readonly width?: number | undefined;
  /** What may be shortened: the first column, or the heads of the others. Default: the first column. */
  readonly names?: 'rows' | 'heads';
}

/** Narrower names tell nothing any more. */
const shortestName = 12;
const gap = 2;

/**
 * Columns aligned: the first flush left, the others flush right. Where that is too wide the names are shortened, and
 * where they would tell nothing any more each row stands as a block of its own, every number with its head.
 * @param rows the head first; all of one length
 */
export function formatTable(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const { width = Number.POSITIVE_INFINITY, names = 'rows' } = options;
  const fitted = shortened(rows, width, names);
  const widths = columnWidths(fitted);
  if (total(widths) > width) return stacked(rows, width);
  const line = (row: readonly string[]) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join(' '.repeat(gap));
  return fitted.map((row) => line(row).trimEnd()).join('\n');
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  return rows[0].map((_, column) => rows.reduce((most, row) => Math.max(most, row[column].length), 0));
}

const total = (widths: readonly number[]) =>
  widths.reduce((sum, one) => sum + one, 0) + gap * (widths.length - 1);

function shortened(
  rows: readonly (readonly string[])[],
  width: number,
  names: 'rows' | 'heads',
): readonly (readonly string[])[] {
  const widths = columnWidths(rows);
  const excess = total(widths) - width;
  if (!(excess > 0)) return rows;
  if (names === 'rows') {
    const room = Math.max(shortestName, widths[0] - excess);
    return rows.map(([name, ...rest]) => [shorten(name, room), ...rest]);
  }
  const [head, ...body] = rows;
  const needed = columnWidths(body.length === 0 ? rows : body);
  const bound = narrowest(widths.slice(1), needed.slice(1), excess);
  return [head.map((text, i) => (i === 0 ? text : shorten(text, Math.max(bound, needed[i])))), ...body];
}

/** The widest heads give way first: the bound for all of them that takes the excess away. */
function narrowest(widths: readonly number[], needed: readonly number[], excess: number): number {
  for (let bound = widths.reduce((a, b) => Math.max(a, b), 0); bound > shortestName; bound--) {
    const saved = widths.reduce((sum, one, i) => sum + one - Math.min(one, Math.max(bound, needed[i])), 0);
    if (saved >= excess) return bound;
  }
  return shortestName;
}

/** A block for each row: its name, below it its cells with their heads. */
function stacked([head, ...rows]: readonly (readonly string[])[], width: number): string {
  return rows
    .map(([name, ...cells]) => {
      const facts = cells.map(
        (text, i) => `${shorten(head[i + 1], Math.max(4, width - text.length - 4))} ${text}`,
      );
      return [shorten(name, width), ...packed(facts, width, '  ')].join('\n');
    })
    .join('\n');
}

/** Facts side by side on as few lines as the width allows; none is cut. */
export function packed(facts: readonly string[], width: number, indent = ''): string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + gap + fact.length <= width) {
      lines[lines.length - 1] = `${last}${' '.repeat(gap)}${fact}`;
    } else lines.push(`${indent}${fact}`);
  }
  return lines;
}
