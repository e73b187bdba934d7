/** Blocks -> one self-contained HTML file: figures inline, no script, nothing fetched. */

import { Marked, type Tokens } from 'marked';
import { verdictTone } from '../analysis/words/verdicts.js';
import type { Block, Cell, TableBlock } from './blocks.js';
import { STYLE } from './style.js';

/** For text and for attribute values in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** User text may hold no markup but Markdown's: raw HTML is shown as text, links lead to the web only, no image is fetched. */
const markdown = new Marked({
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeHtml(text),
    image: ({ text }: Tokens.Image) => escapeHtml(text),
    link(token: Tokens.Link) {
      const inner = this.parser.parseInline(token.tokens);
      if (!/^(https?:|mailto:|#)/i.test(token.href)) return inner;
      return `<a href="${escapeHtml(token.href)}">${inner}</a>`;
    },
  },
});

/** The whole document. `title` is what the browser's tab shows. */
export function renderHtml(title: string, blocks: readonly Block[]): string {
  const contents = blocks.flatMap((block) =>
    block.kind === 'heading' && block.level === 2
      ? [`<a href="#${escapeHtml(block.id)}">${escapeHtml(block.text)}</a>`]
      : [],
  );
  const body: string[] = [];
  let hasContents = false;
  for (const block of blocks) {
    if (block.kind === 'heading' && !hasContents) {
      body.push(`<nav aria-label="Contents">${contents.join('\n')}</nav>`);
      hasContents = true;
    }
    body.push(renderBlock(block));
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body.join('\n')}
</main>
</body>
</html>
`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `<h1>${escapeHtml(block.text)}</h1>\n<p class="byline">${escapeHtml(block.byline)}</p>`;
    case 'heading':
      return `<h${block.level} id="${escapeHtml(block.id)}">${escapeHtml(block.text)}</h${block.level}>`;
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'lead':
    case 'notice':
      return `<p class="${block.kind}">${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('\n')}\n</ul>`;
    case 'terms':
      return `<dl>\n${block.items.map(([term, meaning]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(meaning)}</dd>`).join('\n')}\n</dl>`;
    case 'code':
      return `<details><summary>${escapeHtml(block.summary)}</summary>\n<pre>${escapeHtml(block.text)}</pre></details>`;
    case 'markdown':
      return markdown.parse(block.text, { async: false });
    case 'finding':
      return renderFinding(block);
    case 'figure':
      return `<figure id="${escapeHtml(block.name)}">\n${block.svg}\n<figcaption><span class="number">${escapeHtml(block.number)}.</span> ${escapeHtml(block.caption)}</figcaption>\n</figure>`;
    case 'table':
      return renderTable(block);
    default:
      return block satisfies never;
  }
}

function renderFinding(block: Extract<Block, { kind: 'finding' }>): string {
  const notes = block.notes.map((note) => `<p class="details">${escapeHtml(note)}</p>`).join('');
  const verdict = block.verdict === '' ? '' : ` ${renderVerdict(block.verdict)}`;
  const details = block.details === '' ? '' : `<p class="details">${escapeHtml(block.details)}</p>`;
  return `<div class="finding"><p>${escapeHtml(block.sentence)}${verdict}</p>${details}${notes}</div>`;
}

function renderVerdict(verdict: string): string {
  return `<span class="verdict ${verdictTone(verdict)}">${escapeHtml(verdict)}</span>`;
}

function renderCell({ text, note, isVerdict }: Cell): string {
  const main = isVerdict ? renderVerdict(text) : escapeHtml(text);
  return note === undefined ? main : `${main}<span class="note">${escapeHtml(note)}</span>`;
}

function renderTable(table: TableBlock): string {
  const side = (column: number) => (column >= table.numbersFrom ? ' class="right"' : '');
  const head = table.head.map((text, i) => `<th scope="col"${side(i)}>${escapeHtml(text)}</th>`).join('');
  const rows = table.rows.map(
    (row) => `<tr>${row.map((cell, i) => `<td${side(i)}>${renderCell(cell)}</td>`).join('')}</tr>`,
  );
  const caption = table.caption === '' ? '' : `<caption>${escapeHtml(table.caption)}</caption>`;
  return `<div class="scroll"><table>${caption}<thead><tr>${head}</tr></thead>\n<tbody>${rows.join('\n')}</tbody></table></div>`;
}
