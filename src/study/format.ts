/** Levels as people read them, in names, tables and legends. */
import type { LevelValue } from './types.js';

/** `sigmoid in blocks 4-10`, `0.0005`, `cosine over 300`, `crop + flip`, `none`. */
export function formatLevel(level: LevelValue | undefined): string {
  if (level === null || level === undefined) return 'none';
  if (typeof level === 'string') return isReadable(level) ? level : JSON.stringify(level);
  if (typeof level !== 'object') return String(level);
  if (Array.isArray(level)) return level.length === 0 ? 'none' : level.map(formatLevel).join(' + ');
  const { name, blocks, elsewhere, ...rest } = level as { readonly [key: string]: LevelValue };
  const parts = Object.entries(rest).map(([option, inner]) => `${words(option)} ${formatLevel(inner)}`);
  if (blocks !== undefined) parts.unshift(formatBlocks(blocks));
  if (elsewhere !== undefined) parts.push(`and ${formatLevel(elsewhere)} elsewhere`);
  return [...(name === undefined ? [] : [formatLevel(name)]), ...parts].join(' ');
}

/** No text, blanks around it, ends of lines: in quotes, or a name could not be read. */
function isReadable(text: string): boolean {
  return text !== '' && text.trim() === text && !/\p{Cc}/u.test(text);
}

function formatBlocks(blocks: LevelValue): string {
  const text = Array.isArray(blocks) ? blocks.join(', ') : String(blocks);
  if (text === 'all') return 'in all blocks';
  return /^\d+$/.test(text) ? `in block ${text}` : `in blocks ${text}`;
}

function words(camel: string): string {
  return camel.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}
