import { expect, it } from 'vitest';
import { layOut } from './coincident.js';

const lanes = (points: readonly number[], most = 4) =>
  layOut(points, (point) => point, { gap: 6, lanes: most }).map(({ lane, times }) => [lane, times]);

it('points apart stay in one lane, points that would cover each other are set aside', () => {
  expect(lanes([30, 0, 10])).toEqual([
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
  expect(lanes([5, 5, 6, 12])).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
    [0, 1],
  ]);
});

it('a crowd that no lanes hold becomes a point with its number', () => {
  expect(lanes([5, 5, 5, 5, 5, 40])).toEqual([
    [0, 5],
    [0, 1],
  ]);
});

it('equal points give equal places', () => {
  const points = Array.from({ length: 40 }, (_, i) => (i * 7) % 23);
  expect(lanes(points)).toEqual(lanes(points));
});
