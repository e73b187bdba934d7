/** Captions of figures of one kind: what they have in common is said below the first. */

import type { Block, FigureBlock } from './blocks.js';
import { refer } from './numbering.js';

/** `comparison` of `comparison-learningRate`. */
const kindOf = ({ name }: FigureBlock): string => name.split('-')[0] ?? name;

const sentencesOf = (caption: string): string[] => caption.split(/(?<=\.) (?=[A-Z])/);

/**
 * The same blocks, folded ones included. Of each later figure of a kind, the sentences behind its first one that the first
 * figure's caption has too give way to a reference.
 */
export function withShortCaptions(blocks: readonly Block[]): Block[] {
  const first = new Map<string, FigureBlock>();
  const shorten = (block: Block): Block => {
    if (block.kind === 'fold') return { ...block, blocks: block.blocks.map(shorten) };
    if (block.kind !== 'figure') return block;
    const kind = kindOf(block);
    const model = first.get(kind);
    if (model === undefined) {
      first.set(kind, block);
      return block;
    }
    const known = new Set(sentencesOf(model.caption));
    const [title = '', ...rest] = sentencesOf(block.caption);
    const own = rest.filter((sentence) => !known.has(sentence));
    if (own.length === rest.length) return block;
    const caption = [title, ...own, `Drawn as ${refer('figure', model.name)}.`].join(' ');
    return { ...block, caption };
  };
  return blocks.map(shorten);
}
