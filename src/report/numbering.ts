/** One numbering of figures and one of tables, in the order of the document, and references to them. */

import { type Block, unfolded } from './blocks.js';

/** What is printed for each figure, table and part of the appendix, by its key. */
export type Numbers = ReadonlyMap<string, { readonly text: string; readonly anchor: string }>;

/** Of a figure or a table that has a name. */
export function keyOf(kind: 'figure' | 'table' | 'appendix', name: string): string {
  return `${kind}:${name}`;
}

/** Around a reference in a block's text; no text that people write has them (private use area of Unicode). */
const [OPEN, CLOSE] = ['\uE000', '\uE001'];

/** Stands in a caption, paragraph or list for `Figure 3`, `Table 2`, `Appendix B`, whichever it turns out to be. */
export function refer(kind: 'figure' | 'table' | 'appendix', name: string): string {
  return `${OPEN}${keyOf(kind, name)}${CLOSE}`;
}

/** Tables without a caption are parts of a list, and have no number. */
export function numbersOf(blocks: readonly Block[]): Numbers {
  const numbers = new Map<string, { text: string; anchor: string }>();
  let [figures, tables] = [0, 0];
  for (const block of unfolded(blocks)) {
    if (block.kind === 'figure') {
      figures += 1;
      numbers.set(keyOf('figure', block.name), { text: `Figure ${figures}`, anchor: block.name });
    } else if (block.kind === 'table' && block.name !== null && block.caption !== '') {
      tables += 1;
      numbers.set(keyOf('table', block.name), { text: `Table ${tables}`, anchor: `table-${block.name}` });
    }
  }
  // Folds within the sections before it are no parts of the appendix.
  const appendix = blocks.findIndex((block) => block.kind === 'heading' && block.id === 'appendix');
  const folds = appendix < 0 ? [] : blocks.slice(appendix).filter((block) => block.kind === 'fold');
  for (const [i, { id }] of folds.entries())
    numbers.set(keyOf('appendix', id), { text: `Appendix ${letter(i)}`, anchor: id });
  return numbers;
}

/** A, B, ..., Z, AA, ... */
function letter(i: number): string {
  const last = String.fromCharCode(65 + (i % 26));
  return i < 26 ? last : `${letter(Math.floor(i / 26) - 1)}${last}`;
}

/** A text whose references are written out; a reference to what is not there loses itself. */
export function written(
  text: string,
  numbers: Numbers,
  plain: (text: string) => string,
  link: (text: string, anchor: string) => string = plain,
): string {
  return text
    .split(OPEN)
    .map((part, i) => {
      if (i === 0) return plain(part);
      const end = part.indexOf(CLOSE);
      const found = numbers.get(part.slice(0, end));
      const rest = plain(part.slice(end + 1));
      return found === undefined ? rest : `${link(found.text, found.anchor)}${rest}`;
    })
    .join('');
}
