import { JSDOM } from 'jsdom';
import { expect, it } from 'vitest';
import { madeStudy } from '../../test/support/madeStudy.js';
import { analyse } from '../analysis/analyse.js';
import { makeDocument } from '../figures/node/document.js';
import { buildReport } from './buildReport.js';
import { userHtml } from './userText.js';

const grid =
  'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\nseeds: 3\ninteractions: [[schedule, weightDecay]]\n';

it('the person’s sections stand where their headings belong', async () => {
  const records = madeStudy(grid, ({ trial, seed }) => 50 + trial.index + 0.3 * seed.label);
  const notes = `# A title

## Abstract
ours-abstract
## 1. Introduction
ours-introduction
## Methods
ours-methods
## Comparison: schedule
ours-schedule
## 3.2 Effect of the weight decay ($\\lambda$)
ours-decay
## Interactions
ours-interactions
## Momentum $\\mu$ <b>
ours-momentum
## Conclusion
ours-conclusion`;
  const { html, markdown } = buildReport(analyse(records), await makeDocument(), { notes });
  const { document } = new JSDOM(html).window;
  const order = [...document.querySelectorAll('h2, p')].map(({ textContent }) => textContent!.trim());
  const wanted = [
    'Abstract',
    'ours-abstract',
    'At a glance',
    '1. Introduction',
    'ours-introduction',
    'Findings',
    'Schedule',
    'ours-schedule',
    'Weight decay',
    'ours-decay',
    'Interactions',
    'ours-interactions',
    'Design',
    'ours-methods',
    'Momentum μ <b>',
    'ours-momentum',
    'Conclusion',
    'ours-conclusion',
    'Appendix',
  ];
  expect(order.filter((text) => wanted.includes(text))).toEqual(wanted);
  // Right under the heading, and a title of their own only where it says something else.
  expect(order[order.indexOf('Schedule') + 1]).toBe('ours-schedule');
  expect([...document.querySelectorAll('h3')].map(({ textContent }) => textContent)).toContain('Methods');
  expect(markdown.indexOf('ours-schedule')).toBeGreaterThan(markdown.indexOf('## Schedule'));
});

it('mathematics becomes MathML; prices and what is no TeX stay text', () => {
  const html = userHtml(
    'With $\\lambda = 0.1$ (and $x_1$), $$L = \\frac{1}{n}\\sum_i \\ell_i$$ from $5 to $6, \\$7.',
  );
  expect(html).toMatch(/<math[^>]*><mrow><mi>λ<\/mi>/);
  expect(html).toMatch(/\(and <math[^>]*>.*?<\/math>\)/);
  expect(html).toMatch(/<math[^>]*display="block"/);
  expect(html).toContain('<mfrac>');
  expect(html).toContain('from $5 to $6, $7.');
  expect(userHtml('$\\frac{1$')).toContain('<code>$\\frac{1$</code>');
  expect(userHtml('`$x$` and\n\n```\n$y$\n```\n')).not.toContain('<math');
});

it('nothing but Markdown and mathematics gets through', () => {
  const html = userHtml(
    '$\\href{javascript:alert(1)}{x}$ $\\includegraphics{http://x/y.png}$ $\\text{<img src=x onerror=alert(2)>}$ $\\class{a" onload="b}{c}$\n\n<script>alert(3)</script> ![a](http://x/y.png)\n\n# Large',
  );
  const { document } = new JSDOM(html).window;
  expect(
    document.querySelectorAll('script, img, a, [onload], [onerror], [href], [src], h1, h2'),
  ).toHaveLength(0);
  expect(document.querySelector('h3')!.textContent).toBe('Large');
});
