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

it('no two points of a lane cover each other', () => {
  const points = Array.from({ length: 12 }, (_, i) => (i * 7) % 23);
  const placed = layOut(points, (point) => point, { gap: 6, lanes: 12 });
  expect(placed).toHaveLength(12);
  for (const one of placed) {
    const others = placed.filter((other) => other !== one && other.lane === one.lane);
    for (const other of others) expect(Math.abs(other.point - one.point)).toBeGreaterThanOrEqual(6);
  }
});
