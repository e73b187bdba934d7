import { expect, test } from 'vitest';
import { continuesFrom } from '../store/runState.js';

test('a run goes on from within its epochs, and from its own end', () => {
  const from = (epoch: number, stepInEpoch: number, before: number) =>
    continuesFrom({ epoch, stepInEpoch }, before, 30);
  expect(from(0, 0, 60)).toBe(true);
  expect(from(29, 7, 60)).toBe(true);
  expect(from(30, 0, 30)).toBe(true);
  // As the 30th of 60 epochs it was not measured as the last one is.
  expect(from(30, 0, 60)).toBe(false);
  expect(from(30, 1, 60)).toBe(false);
  expect(from(40, 0, 60)).toBe(false);
});
