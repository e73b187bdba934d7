import { expect, it } from 'vitest';
import { gatherNotes } from './notes.js';

const places = new Set(['a.csv', 'b.csv']);

it('joins notes that differ in their numbers, not in the numbers within names', () => {
  const said = (rest: string) => [
    `a.csv: ${rest}`,
    `b.csv, line 9: ${rest.replace('0.25', '1e-3').replace('7 ', '12 ')}`,
  ];
  const numbers = said('7 values of loss, 0.25 to 5, were left out');
  expect(gatherNotes(numbers, places)).toEqual([
    'a.csv: 7 values of loss, 0.25 to 5, were left out; so also, with other numbers, b.csv',
  ]);
  for (const [one, other] of [
    ['head1_acc', 'head2_acc'],
    ['score/0', 'score/1'],
    ['val_acc@1', 'val_acc@5'],
    ['top-1', 'top-5'],
  ])
    expect(
      gatherNotes([`a.csv: column ${one} is odd`, `a.csv: column ${other} is odd`], places),
    ).toHaveLength(2);
});
