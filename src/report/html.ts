/** Blocks -> one self-contained HTML file: figures inline, no script, nothing fetched. */

import { verdictTone } from '../analysis/words/verdicts.js';
import type { Block, Cell, FindingBlock, FoldBlock, HeadingBlock, TableBlock } from './blocks.js';
import { escapeHtml } from './escape.js';
import { keyOf, type Numbers, numbersOf, written } from './numbering.js';
import { STYLE } from './style.js';
import { userHtml, userInlineHtml } from './userText.js';

/** The whole document. `title` is what the browser's tab shows. */
export function renderHtml(title: string, blocks: readonly Block[]): string {
  const page = new Page(numbersOf(blocks));
  const body = blocks.map((block) => page.block(block));
  const first = blocks.findIndex((block) => block.kind === 'heading');
  if (first >= 0) body.splice(first, 0, contents(blocks));
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

function contents(blocks: readonly Block[]): string {
  const links = blocks.flatMap((block) =>
    block.kind === 'heading' && block.level === 2
      ? [`<a href="#${escapeHtml(block.id)}">${withoutLinks(headingHtml(block))}</a>`]
      : [],
  );
  return `<nav aria-label="Contents">${links.join('\n')}</nav>`;
}

const headingHtml = ({ text, isUserText }: HeadingBlock) =>
  isUserText === true ? userInlineHtml(text) : escapeHtml(text);

const withoutLinks = (html: string) => html.replace(/<\/?a\b[^>]*>/g, '');

/** Blocks of one document, whose figures and tables have their numbers. */
class Page {
  readonly #numbers: Numbers;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  block(block: Block): string {
    switch (block.kind) {
      case 'title':
        return `<h1>${escapeHtml(block.text)}</h1>\n<p class="byline">${escapeHtml(block.byline)}</p>`;
      case 'heading':
        return `<h${block.level} id="${escapeHtml(block.id)}">${headingHtml(block)}</h${block.level}>`;
      case 'paragraph':
        return `<p>${this.#text(block.text)}</p>`;
      case 'lead':
      case 'notice':
        return `<p class="${block.kind}">${this.#text(block.text)}</p>`;
      case 'verdicts': {
        const chips = block.counts.map(({ n, verdict }) => renderVerdict(verdict, `${n} ${verdict}`));
        return `<p class="verdicts">${escapeHtml(block.head)}: ${chips.join(' ')}</p>`;
      }
      case 'list':
        return `<ul>\n${block.items.map((item) => `<li>${this.#text(item)}</li>`).join('\n')}\n</ul>`;
      case 'terms':
        return `<dl>\n${block.items.map(([term, meaning]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(meaning)}</dd>`).join('\n')}\n</dl>`;
      case 'code':
        return `<p>${escapeHtml(block.summary)}:</p>\n<pre>${escapeHtml(block.text)}</pre>`;
      case 'markdown':
        return userHtml(block.text);
      case 'finding':
        return renderFinding(block);
      case 'figure': {
        const number = this.#numbers.get(keyOf('figure', block.name))?.text ?? 'Figure';
        return `<figure id="${escapeHtml(block.name)}">\n${block.svg}\n<figcaption><span class="number">${number}.</span> ${this.#text(block.caption)}</figcaption>\n</figure>`;
      }
      case 'table':
        return this.#table(block);
      case 'fold':
        return this.#fold(block);
      default:
        return block satisfies never;
    }
  }

  #text(text: string): string {
    const link = (name: string, anchor: string) => `<a href="#${escapeHtml(anchor)}">${escapeHtml(name)}</a>`;
    return written(text, this.#numbers, escapeHtml, link);
  }

  #fold({ id, title, blocks }: FoldBlock): string {
    const part = this.#numbers.get(keyOf('appendix', id));
    const heading = `${part === undefined ? '' : `${part.text}. `}${escapeHtml(title)}`;
    const inner = blocks.map((block) => this.block(block)).join('\n');
    // The anchor stands inside: a link to it opens what it leads to.
    return `<details><summary>${heading}</summary>\n<div id="${escapeHtml(id)}">\n${inner}\n</div></details>`;
  }

  #table(table: TableBlock): string {
    const side = (column: number) => (column >= table.numbersFrom ? ' class="right"' : '');
    const head = table.head.map((text, i) => `<th scope="col"${side(i)}>${breakable(text)}</th>`).join('');
    const rows = table.rows.map(
      (row) => `<tr>${row.map((cell, i) => `<td${side(i)}>${renderCell(cell)}</td>`).join('')}</tr>`,
    );
    const number = table.name === null ? undefined : this.#numbers.get(keyOf('table', table.name));
    const caption =
      table.caption === ''
        ? ''
        : `<p class="caption">${number === undefined ? '' : `<span class="number">${number.text}.</span> `}${this.#text(table.caption)}</p>`;
    const anchor = number === undefined ? '' : ` id="${escapeHtml(number.anchor)}"`;
    // The caption stands outside of what scrolls: a wide table would take it along.
    return `<div class="table"${anchor}>${caption}<div class="scroll"><table><thead><tr>${head}</tr></thead>\n<tbody>${rows.join('\n')}</tbody></table></div></div>`;
  }
}

function renderFinding(block: FindingBlock): string {
  const notes = block.notes.map((note) => `<p class="details">${escapeHtml(note)}</p>`).join('');
  const verdict = block.verdict === '' ? '' : ` ${renderVerdict(block.verdict)}`;
  const details = block.details === '' ? '' : `<p class="details">${escapeHtml(block.details)}</p>`;
  return `<div class="finding"><p>${escapeHtml(block.sentence)}${verdict}</p>${details}${notes}</div>`;
}

function renderVerdict(verdict: string, text = verdict): string {
  return `<span class="verdict ${verdictTone(verdict)}">${escapeHtml(text)}</span>`;
}

function renderCell({ text, note, isVerdict }: Cell): string {
  const main = isVerdict ? renderVerdict(text) : breakable(text);
  return note === undefined ? main : `${main}<span class="note">${escapeHtml(note)}</span>`;
}

/** A trial's name may break after a comma or an equals sign, so that it takes no more width than its table has. */
function breakable(text: string): string {
  return escapeHtml(text).replace(/([,=])(?=\S)/g, '$1<wbr>');
}
