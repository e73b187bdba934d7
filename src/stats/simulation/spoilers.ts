/** What is known to spoil t-tests: levels without an effect on the mean that are skewed, or some of whose runs collapse. */

import { type Draws, independent, type Scenario } from './errors.js';

/** Squared normals: chi-square with 2 df is exponential; mean 0, deviation 1. */
const exponential = (draws: Draws) => (draws.normal() ** 2 + draws.normal() ** 2) / 2 - 1;

/** Chi-square with 1 df; mean 0, deviation 1: more skewed than exponential. */
const squared = (draws: Draws) => (draws.normal() ** 2 - 1) / Math.SQRT2;

/** The exponential of a normal of deviation `sigma`; mean 0, deviation 1. */
function logNormal(draws: Draws, sigma: number): number {
  const e = Math.exp(sigma ** 2);
  return (Math.exp(sigma * draws.normal()) - Math.sqrt(e)) / Math.sqrt(e * (e - 1));
}

/** Uniform on (0, 1): the squared length of two normals is exponential. */
const uniform = (draws: Draws) => Math.exp(-(draws.normal() ** 2 + draws.normal() ** 2) / 2);

interface Collapse {
  /** Of the runs of a level. */
  readonly share: number;
  /** How far below the rest, in their deviations. */
  readonly depth: number;
  /** Whether the rest lies so much higher that the mean over all is the baseline's. */
  readonly isCentred: boolean;
}

function collapsing(draws: Draws, { share, depth, isCentred }: Collapse): number {
  const falls = uniform(draws) < share;
  return draws.normal() - (falls ? depth : 0) + (isCentred ? share * depth : 0);
}

const skewed = (name: string, size: number, error: (draws: Draws) => number): Scenario =>
  independent(`levels ${name} at ${size}, baseline normal at 1`, false, (draws, cell) =>
    cell === 0 ? draws.normal() : size * error(draws),
  );

const rare = (collapse: Collapse): Scenario =>
  independent(
    `${100 * collapse.share}% of the levels’ runs collapse by ${collapse.depth}, ${collapse.isCentred ? 'the mean over all is the baseline’s' : 'the others are like the baseline’s'}`,
    false,
    (draws, cell) => (cell === 0 ? draws.normal() : collapsing(draws, collapse)),
  );

/** On which the rules of `collapse.ts` and `lopsided.ts` were chosen. */
export const fitted: readonly Scenario[] = [
  skewed('exponential', 2, exponential),
  skewed('exponential', 4, exponential),
  independent('exponential on both sides, levels at 2', false, (draws, cell) =>
    cell === 0 ? exponential(draws) : 2 * exponential(draws),
  ),
  rare({ share: 0.05, depth: 20, isCentred: false }),
  rare({ share: 0.1, depth: 20, isCentred: false }),
  rare({ share: 0.05, depth: 20, isCentred: true }),
];

/** On which they were not: other shapes, other shares, other depths. */
export const heldOut: readonly Scenario[] = [
  skewed('log-normal (0.5)', 3, (draws) => logNormal(draws, 0.5)),
  skewed('log-normal (1)', 2, (draws) => logNormal(draws, 1)),
  skewed('log-normal (1)', 4, (draws) => logNormal(draws, 1)),
  skewed('chi-square (1 df)', 3, squared),
  skewed('exponential to the low side', 3, (draws) => -exponential(draws)),
  independent('levels normal at 1, baseline exponential at 3', false, (draws, cell) =>
    cell === 0 ? 3 * exponential(draws) : draws.normal(),
  ),
  independent('every second level exponential at 4, the rest normal at 1', false, (draws, cell) =>
    cell % 2 === 0 ? draws.normal() : 4 * exponential(draws),
  ),
  rare({ share: 0.02, depth: 50, isCentred: true }),
  rare({ share: 0.05, depth: 10, isCentred: true }),
  rare({ share: 0.1, depth: 20, isCentred: true }),
  rare({ share: 0.2, depth: 10, isCentred: true }),
  rare({ share: 0.1, depth: 5, isCentred: true }),
];
