/** The person's Markdown -> HTML that can hold nothing but what Markdown and mathematics mean. */

import { Marked, type TokenizerAndRendererExtension, type Tokens } from 'marked';
import temml from 'temml';
import { escapeHtml } from './escape.js';

/** Mathematics as MathML, which browsers set without fonts, scripts or style sheets; what is no TeX stays as it was written. */
function mathHtml(source: string, tex: string, displayMode: boolean): string {
  try {
    return temml.renderToString(tex, { displayMode, throwOnError: true, strict: false, trust: false });
  } catch {
    return `<code>${escapeHtml(source)}</code>`;
  }
}

/**
 * `$...$`, by Pandoc's rule, so that prices are none: no space after the first sign nor before the last one, and no digit
 * after it.
 */
const INLINE = /^\$(?![\s$])((?:\\[^\n]|[^\\\n$])*?[^\s\\$]|(?:\\[^\n]|[^\\\n$])*?\\[^\s])\$(?!\d)/;
/** `$$...$$`, in a line or over several, without an empty one. */
const DISPLAY = /^\$\$((?:(?!\n[ \t]*\n)[^$])+?)\$\$/;

const inlineMath: TokenizerAndRendererExtension = {
  name: 'inlineMath',
  level: 'inline',
  start: (source) => {
    const at = source.indexOf('$');
    return at < 0 ? undefined : at;
  },
  tokenizer: (source) => {
    const display = DISPLAY.exec(source);
    const found = display ?? INLINE.exec(source);
    if (found === null) return undefined;
    return { type: 'inlineMath', raw: found[0], text: found[1], isDisplay: display !== null };
  },
  renderer: ({ raw, text, isDisplay }) => mathHtml(raw, String(text).trim(), isDisplay === true),
};

/** Raw HTML is shown as text, links lead to the web only, no image is fetched; headings stand below the report's own. */
const markdown = new Marked({
  extensions: [inlineMath],
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeHtml(text),
    image: ({ text }: Tokens.Image) => escapeHtml(text),
    heading({ tokens, depth }: Tokens.Heading) {
      const level = Math.max(3, depth);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    link(token: Tokens.Link) {
      const inner = this.parser.parseInline(token.tokens);
      if (!/^(https?:|mailto:|#)/i.test(token.href)) return inner;
      return `<a href="${escapeHtml(token.href)}">${inner}</a>`;
    },
  },
});

export function userHtml(text: string): string {
  return markdown.parse(text, { async: false });
}

/** Without paragraphs: a heading. */
export function userInlineHtml(text: string): string {
  return String(markdown.parseInline(text, { async: false }));
}
