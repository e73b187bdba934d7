/** The author's own text: a Markdown file whose sections stand where their headings belong. */

import { factorLabel } from '../analysis/words/labels.js';
import { type Block, fileName } from './blocks.js';

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
  /** Above everything that the report itself says: text without a heading, abstract, summary. */
  readonly abstract: readonly Block[];
  /** Below what is seen at a glance: introduction, background. */
  readonly introduction: readonly Block[];
  /** By the anchor of the report's own heading that they stand under. */
  readonly under: ReadonlyMap<string, readonly Block[]>;
  /** After what the report itself says: discussion, conclusion, and all other sections, in their order. */
  readonly back: readonly Block[];
}

/** A heading of the report, and the names of it that people use. */
export interface NoteTarget {
  /** Anchor of the heading. */
  readonly id: string;
  /** Lower case; the first is the heading itself. */
  readonly names: readonly string[];
  /** All names mean the heading, so that a section's own title need not be repeated. */
  readonly isFactor?: boolean;
}

const ABSTRACT = /^(abstract|summary)$/;
const INTRODUCTION = /^(introduction|background|motivation|related work|question|questions)$/;

/** What people call the report's own sections. */
export const OWN_SECTIONS: readonly NoteTarget[] = [
  { id: 'findings', names: ['findings', 'results'] },
  {
    id: 'design',
    names: [
      'design',
      'method',
      'methods',
      'methodology',
      'setup',
      'experimental setup',
      'experiments',
      'protocol',
    ],
  },
  { id: 'interactions', names: ['interactions', 'interaction'] },
  { id: 'isolation', names: ['isolation', 'search'] },
  { id: 'the-best-levels-together', names: ['the best levels together', 'best levels'] },
  { id: 'test-accuracy', names: ['test accuracy', 'test', 'test results'] },
  { id: 'claims', names: ['claims'] },
];

/** A section of a factor is called by its path or name. */
export function factorTarget(path: string, id: string): NoteTarget {
  return { id, names: [factorLabel(path).toLowerCase(), path.toLowerCase()], isFactor: true };
}

/**
 * Puts each section where it belongs: `Comparison: learning rate`, `Effect of the learning rate` and `Learning rate`
 * alike under the heading of that factor. What belongs to no heading that the report has stands at its end.
 */
export function placeNotes(markdown: string | null, targets: readonly NoteTarget[]): Notes {
  const placed = noteSections(markdown ?? '').map((section) => placeSection(section, targets));
  const at = (place: Place) => placed.flatMap((one) => (one.place === place ? one.blocks : []));
  const ids = [...new Set(placed.flatMap(({ place }) => (typeof place === 'string' ? [] : [place.id])))];
  return {
    abstract: at('abstract'),
    introduction: at('introduction'),
    under: new Map(
      ids.map((id) => [
        id,
        placed.flatMap(({ place, blocks }) => (typeof place !== 'string' && place.id === id ? blocks : [])),
      ]),
    ),
    back: at('back'),
  };
}

type Place = 'abstract' | 'introduction' | 'back' | NoteTarget;

function placeSection(
  { title, text }: NoteSection,
  targets: readonly NoteTarget[],
): { readonly place: Place; readonly blocks: readonly Block[] } {
  const words = plainTitle(title);
  const block: Block = { kind: 'markdown', text };
  const titled = (level: 2 | 3): Block[] => [
    { kind: 'heading', level, text: title, id: `text-${fileName(words)}`, isUserText: true },
    block,
  ];
  if (title === '') return { place: 'abstract', blocks: [block] };
  const target = targets.find(({ names }) => names.includes(words) || names.includes(aboutOf(words)));
  if (target !== undefined) {
    const isSame = target.isFactor === true || target.names[0] === words;
    return { place: target, blocks: isSame ? [block] : titled(3) };
  }
  const place = ABSTRACT.test(words) ? 'abstract' : INTRODUCTION.test(words) ? 'introduction' : 'back';
  return { place, blocks: titled(2) };
}

/** Lower case, without a number in front or brackets behind: `2.1 Weight decay ($\lambda$)`. */
function plainTitle(title: string): string {
  return title
    .toLowerCase()
    .replace(/^\d+(\.\d+)*[.)]?\s+/, '')
    .replace(/\s*\((?:[^()]*)\)$/, '')
    .trim();
}

/** What a comparison is about. */
function aboutOf(words: string): string {
  return words
    .replace(/^(comparison|effects?|influence|impact)\b[\s:–—-]*(of\s+)?(the\s+)?/, '')
    .replace(/\s+comparison$/, '');
}

/** The report's blocks with the author's own text right under their headings. */
export function weave(blocks: readonly Block[], { under }: Notes): Block[] {
  return blocks.flatMap((block) =>
    block.kind === 'heading' && block.level === 2 ? [block, ...(under.get(block.id) ?? [])] : [block],
  );
}
