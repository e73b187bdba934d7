import { expect, it } from 'vitest';
import type { Block } from './blocks.js';
import { keyOf, numbersOf } from './numbering.js';

const fold = (id: string): Block => ({ kind: 'fold', id, title: id, blocks: [] });
const heading = (id: string): Block => ({ kind: 'heading', level: 2, text: id, id });

it('folds within a section are no parts of the appendix', () => {
  const numbers = numbersOf([
    heading('rates'),
    fold('more'),
    heading('appendix'),
    fold('curves'),
    fold('all'),
  ]);
  const parts = ['more', 'curves', 'all'].map((id) => numbers.get(keyOf('appendix', id))?.text);
  expect(parts).toEqual([undefined, 'Appendix A', 'Appendix B']);
});
