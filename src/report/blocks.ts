/** A report as a list of blocks: written once, rendered as HTML and as Markdown. All texts are plain, not markup. */

import { capital } from '../analysis/words/format.js';
import type { Drawn } from '../figures/canvas.js';

export { capital };

export interface Cell {
  /** As people read it. */
  readonly text: string;
  /** As the CSV holds it: full precision; empty where there is no value. */
  readonly raw: string | number | null;
  /** Smaller, beneath the text. */
  readonly note?: string;
  /** The text is a verdict, and is shown as one. */
  readonly isVerdict?: boolean;
}

export interface TableBlock {
  readonly kind: 'table';
  /** Name of the CSV in `tables/`, without its ending; `null`: it has none. */
  readonly name: string | null;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns from here on are numbers, set flush right; `head.length` where none is. */
  readonly numbersFrom: number;
}

export interface FigureBlock {
  readonly kind: 'figure';
  /** Name of the SVG in `figures/`, without its ending. */
  readonly name: string;
  readonly caption: string;
  readonly svg: string;
}

export interface FindingBlock {
  readonly kind: 'finding';
  readonly sentence: string;
  readonly verdict: string;
  readonly details: string;
  readonly notes: readonly string[];
}

/** A part of the appendix: folded in HTML until it is asked for, under its heading in Markdown. */
export interface FoldBlock {
  readonly kind: 'fold';
  /** `Every measure of every trial`. */
  readonly title: string;
  /** Anchor. */
  readonly id: string;
  readonly blocks: readonly Block[];
}

export interface HeadingBlock {
  readonly kind: 'heading';
  readonly level: 2 | 3 | 4;
  readonly text: string;
  readonly id: string;
  /** The author's own: Markdown and mathematics in a line. */
  readonly isUserText?: boolean;
}

export type Block =
  | { readonly kind: 'title'; readonly text: string; readonly byline: string }
  | HeadingBlock
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'lead'; readonly text: string }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'verdicts'; readonly head: string; readonly counts: readonly VerdictChip[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'terms'; readonly items: readonly (readonly [term: string, meaning: string])[] }
  | { readonly kind: 'code'; readonly text: string; readonly language: string; readonly summary: string }
  | { readonly kind: 'markdown'; readonly text: string }
  | FindingBlock
  | FigureBlock
  | TableBlock
  | FoldBlock;

/** `3` and `supported`. */
export interface VerdictChip {
  readonly n: number;
  readonly verdict: string;
}

export const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
export const notice = (text: string): Block => ({ kind: 'notice', text });

/** A heading whose anchor is made of its words. */
export function heading(level: 2 | 3, text: string): Block {
  return { kind: 'heading', level, text, id: fileName(text).toLowerCase() };
}

/** Nothing where there is nothing to fold. */
export function fold(title: string, blocks: readonly Block[]): Block[] {
  return blocks.length === 0
    ? []
    : [{ kind: 'fold', title, id: `appendix-${fileName(title).toLowerCase()}`, blocks }];
}

export const cell = (text: string, raw: string | number | null = text): Cell => ({ text, raw });

/** All blocks in the order of the document, those that are folded included, without the folds themselves. */
export function unfolded(blocks: readonly Block[]): Exclude<Block, FoldBlock>[] {
  return blocks.flatMap((block) => (block.kind === 'fold' ? unfolded(block.blocks) : [block]));
}

/** Letters, digits, `.`, `=`, `-`: safe as a file's name and an anchor on every system. */
export function fileName(text: string): string {
  const safe = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9.=]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return safe.slice(0, 80) || 'unnamed';
}

/** A figure as it was drawn, with the caption that came with it; nothing where nothing could be drawn. */
export function drawn(name: string, figure: Drawn | null): FigureBlock[] {
  return figure === null ? [] : [{ kind: 'figure', name, ...figure }];
}
