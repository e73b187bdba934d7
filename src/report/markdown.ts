/** Blocks -> Markdown, with figures as links into `figures/`. */

import { maxOf } from '../base/extremes.js';
import type { Block, TableBlock } from './blocks.js';

/** The whole document. */
export function renderMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(renderBlock).join('\n\n')}\n`;
}

/** Keeps characters that Markdown or HTML would take for markup. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\\/g, '\\\\')
    .replace(/([`*_[\]|#~])/g, '\\$1')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\r?\n/g, ' ')
    .replace(/^(\s*)([-+])(?=\s)/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s)/, '$1\\$2');
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'title':
      return [`# ${escapeMarkdown(block.text)}`, escapeMarkdown(block.byline)].filter(Boolean).join('\n\n');
    case 'heading':
      return `${'#'.repeat(block.level)} ${escapeMarkdown(block.text)}`;
    case 'paragraph':
      return escapeMarkdown(block.text);
    case 'lead':
      return `*${escapeMarkdown(block.text)}*`;
    case 'notice':
      return `> **Note.** ${escapeMarkdown(block.text)}`;
    case 'list':
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
    case 'terms':
      return block.items
        .map(([term, meaning]) => `- **${escapeMarkdown(term)}**: ${escapeMarkdown(meaning)}`)
        .join('\n');
    case 'code':
      return `${escapeMarkdown(block.summary)}:\n\n${fenced(block.text, block.language)}`;
    case 'markdown':
      return block.text.trim();
    case 'finding':
      return [
        `- ${block.verdict === '' ? '' : `**${escapeMarkdown(block.verdict)}**: `}${escapeMarkdown(block.sentence)} ${escapeMarkdown(block.details)}`.trimEnd(),
        ...block.notes.map((note) => `  ${escapeMarkdown(note)}`),
      ].join('\n');
    case 'figure':
      return `![${escapeMarkdown(block.number)}](figures/${encodeURI(block.name)}.svg)\n\n**${escapeMarkdown(block.number)}.** ${escapeMarkdown(block.caption)}`;
    case 'table':
      return renderTable(block);
    default:
      return block satisfies never;
  }
}

/** A fence longer than any in the text. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, maxOf([...text.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

function renderTable(table: TableBlock): string {
  const line = (texts: readonly string[]) => `| ${texts.map(escapeMarkdown).join(' | ')} |`;
  const rule = table.head.map((_, i) => (i >= table.numbersFrom ? '---:' : '---'));
  return [
    ...(table.caption === '' ? [] : [escapeMarkdown(table.caption), '']),
    line(table.head),
    `| ${rule.join(' | ')} |`,
    ...table.rows.map((row) =>
      line(row.map(({ text, note }) => (note === undefined ? text : `${text} (${note})`))),
    ),
  ].join('\n');
}
