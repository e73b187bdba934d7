/** The author's own text: a Markdown file whose sections are woven into the report. */

import { factorLabel } from '../analysis/words/labels.js';
import type { Block } from './blocks.js';

export interface NoteSection {
  /** The heading's text; empty for what stands before the first heading. */
  readonly title: string;
  readonly text: string;
}

/** Sections by headings of the first two levels; headings inside fenced code are none. */
export function noteSections(markdown: string): NoteSection[] {
  const sections: { title: string; lines: string[] }[] = [{ title: '', lines: [] }];
  let fence: string | null = null;
  for (const line of markdown.split(/\r?\n/)) {
    const marker = /^ {0,3}(```|~~~)/.exec(line)?.[1] ?? null;
    if (marker !== null) fence = fence === null ? marker : fence === marker ? null : fence;
    const title = fence === null ? /^#{1,2}\s+(.*?)\s*#*$/.exec(line)?.[1] : undefined;
    if (title === undefined) sections.at(-1)!.lines.push(line);
    else sections.push({ title, lines: [] });
  }
  return sections
    .map(({ title, lines }) => ({ title, text: lines.join('\n').trim() }))
    .filter(({ text }) => text !== '');
}

export interface Notes {
  /** Before the findings: text without a heading, abstract, introduction, method. */
  readonly front: readonly Block[];
  /** By the factor's path. */
  readonly byFactor: ReadonlyMap<string, readonly Block[]>;
  /** After the sections of the factors: discussion, conclusion, and all other sections. */
  readonly back: readonly Block[];
}

const FRONT = /^(abstract|summary|introduction|background|methods?)$/i;

/**
 * Puts each section where it belongs. A section belongs to a factor when its title is the factor's path or
 * name, with or without `Comparison:` before it.
 */
export function placeNotes(markdown: string | null, paths: readonly string[]): Notes {
  const front: Block[] = [];
  const back: Block[] = [];
  const byFactor = new Map<string, Block[]>();
  for (const { title, text } of noteSections(markdown ?? '')) {
    const words = title.toLowerCase().trim();
    const about = words.replace(/^comparison\b[\s:–—-]*(of\s+)?/, '');
    const path = paths.find((one) => one.toLowerCase() === about || factorLabel(one).toLowerCase() === about);
    const block: Block = { kind: 'markdown', text };
    if (path !== undefined) byFactor.set(path, [...(byFactor.get(path) ?? []), block]);
    else if (title === '') front.push(block);
    else {
      const anchor = `text-${words.replace(/[^a-z0-9]+/g, '-')}`;
      const titled: Block[] = [{ kind: 'heading', level: 2, text: title, id: anchor }, block];
      for (const one of titled) (FRONT.test(words) ? front : back).push(one);
    }
  }
  return { front, byFactor, back };
}
