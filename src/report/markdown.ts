/** Blocks -> Markdown, with figures as links into `figures/`. */

import { maxOf } from '../base/extremes.js';
import type { Block, TableBlock } from './blocks.js';
import { keyOf, type Numbers, numbersOf, written } from './numbering.js';

/** The whole document; what is folded in HTML stands under its own headings. */
export function renderMarkdown(blocks: readonly Block[]): string {
  const numbers = numbersOf(blocks);
  return `${blocks.map((block) => renderBlock(block, numbers)).join('\n\n')}\n`;
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

function renderBlock(block: Block, numbers: Numbers): string {
  const text = (plain: string) => written(plain, numbers, escapeMarkdown);
  switch (block.kind) {
    case 'title':
      return [`# ${escapeMarkdown(block.text)}`, escapeMarkdown(block.byline)].filter(Boolean).join('\n\n');
    case 'heading':
      return `${'#'.repeat(block.level)} ${block.isUserText === true ? block.text : escapeMarkdown(block.text)}`;
    case 'paragraph':
      return text(block.text);
    case 'lead':
      return `*${text(block.text)}*`;
    case 'notice':
      return `> **Note.** ${text(block.text)}`;
    case 'verdicts':
      return `**${escapeMarkdown(block.head)}: ${block.counts.map(({ n, verdict }) => `${n} ${escapeMarkdown(verdict)}`).join('; ')}**`;
    case 'list':
      return block.items.map((item) => `- ${text(item)}`).join('\n');
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
    case 'figure': {
      const number = numbers.get(keyOf('figure', block.name))?.text ?? 'Figure';
      return `![${number}](figures/${encodeURI(block.name)}.svg)\n\n**${number}.** ${text(block.caption)}`;
    }
    case 'table':
      return renderTable(block, numbers);
    case 'fold': {
      const part = numbers.get(keyOf('appendix', block.id));
      const title = `### ${part === undefined ? '' : `${part.text}. `}${escapeMarkdown(block.title)}`;
      return [title, ...block.blocks.map((one) => renderBlock(deeper(one), numbers))].join('\n\n');
    }
    default:
      return block satisfies never;
  }
}

/** A heading within a part of the appendix stands below that part's own. */
function deeper(block: Block): Block {
  return block.kind === 'heading' ? { ...block, level: 4 } : block;
}

/** A fence longer than any in the text. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, maxOf([...text.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

function renderTable(table: TableBlock, numbers: Numbers): string {
  const number = table.name === null ? undefined : numbers.get(keyOf('table', table.name));
  const label = number === undefined ? '' : `**${number.text}.** `;
  const line = (texts: readonly string[]) => `| ${texts.map(escapeMarkdown).join(' | ')} |`;
  const rule = table.head.map((_, i) => (i >= table.numbersFrom ? '---:' : '---'));
  return [
    ...(table.caption === '' ? [] : [`${label}${written(table.caption, numbers, escapeMarkdown)}`, '']),
    line(table.head),
    `| ${rule.join(' | ')} |`,
    ...table.rows.map((row) =>
      line(row.map(({ text, note }) => (note === undefined ? text : `${text} (${note})`))),
    ),
  ].join('\n');
}
