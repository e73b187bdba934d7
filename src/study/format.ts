/** Levels as people read them, in names, tables and legends. */
import type { LevelValue } from './types.js';

/** `0.0005`, `cosine`, `sigmoid in blocks 4-10`. */
export function formatLevel(level: LevelValue | undefined): string {
  if (level === null || level === undefined) return 'none';
  if (typeof level !== 'object') return String(level);
  if (Array.isArray(level)) return level.length === 0 ? 'none' : level.map(formatLevel).join('+');
  const { name, blocks, ...rest } = level as { readonly [key: string]: LevelValue };
  if (name === undefined) return JSON.stringify(level);
  const more = Object.entries(rest).map(([key, value]) => ` ${key} ${formatLevel(value)}`);
  return `${formatLevel(name)}${blocks === undefined ? '' : ` in blocks ${formatLevel(blocks)}`}${more.join('')}`;
}
