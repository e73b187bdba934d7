/** What is known to spoil t-tests: levels without an effect on the mean that are skewed, or some of whose runs collapse. */

import { type Draws, independent, type Scenario } from './errors.js';
import type { AtChance } from './families.js';

/** Squared normals: chi-square with 2 df is exponential; mean 0, deviation 1. */
const exponential = (draws: Draws) => (draws.normal() ** 2 + draws.normal() ** 2) / 2 - 1;

/** Chi-square with 1 df; mean 0, deviation 1: more skewed than exponential. */
const squared = (draws: Draws) => (draws.normal() ** 2 - 1) / Math.SQRT2;

/** The exponential of a normal of deviation `sigma`; mean 0, deviation 1. */
function logNormal(draws: Draws, sigma: number): number {
  const e = Math.exp(sigma ** 2);
  return (Math.exp(sigma * draws.normal()) - Math.sqrt(e)) / Math.sqrt(e * (e - 1));
}

/** Chi-square with 3 df, halved: gamma of shape 1.5; mean 0, deviation 1. */
const gamma = (draws: Draws) =>
  (draws.normal() ** 2 + draws.normal() ** 2 + draws.normal() ** 2 - 3) / Math.sqrt(6);

/** An exponential to the power 1 / 0.7; mean 0, deviation 1: the gamma function at 1 + 1 / 0.7 and 1 + 2 / 0.7. */
function weibull(draws: Draws): number {
  const [first, second] = [1.2658235060572833, 5.0291447021403055];
  return ((-Math.log(uniform(draws))) ** (1 / 0.7) - first) / Math.sqrt(second - first ** 2);
}

/** Pareto of exponent 4, from 1 on; mean 0, deviation 1. */
const pareto = (draws: Draws) => (uniform(draws) ** -0.25 - 4 / 3) / Math.sqrt(2 / 9);

/** Normal, with a share of runs that lie `far` above; mean 0, deviation 1. */
function bimodal(draws: Draws, share: number, far: number): number {
  const out = uniform(draws) < share;
  return (draws.normal() + (out ? far : 0) - share * far) / Math.sqrt(1 + share * (1 - share) * far ** 2);
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

/** A scenario in which runs collapse, and how far below the others. */
export interface Collapsing extends Scenario {
  readonly depth: number;
}

const rare = (collapse: Collapse): Collapsing => ({
  depth: collapse.depth,
  ...independent(
    `${100 * collapse.share}% of the levels’ runs collapse by ${collapse.depth}, ${collapse.isCentred ? 'the mean over all is the baseline’s' : 'the others are like the baseline’s'}`,
    false,
    (draws, cell) => (cell === 0 ? draws.normal() : collapsing(draws, collapse)),
  ),
});

export const isCollapsing = (scenario: Scenario): scenario is Collapsing => 'depth' in scenario;

const leaning = (name: string, size: number, error: (draws: Draws) => number): Scenario =>
  independent(`levels normal at 1, baseline ${name} at ${size}`, false, (draws, cell) =>
    cell === 0 ? size * error(draws) : draws.normal(),
  );

/** On which the rules of `collapse.ts` and `lopsided.ts` were chosen. */
export const fitted: readonly Scenario[] = [
  skewed('exponential', 2, exponential),
  skewed('exponential', 4, exponential),
  independent('exponential on both sides, levels at 2', false, (draws, cell) =>
    cell === 0 ? exponential(draws) : 2 * exponential(draws),
  ),
  skewed('log-normal (0.5)', 3, (draws) => logNormal(draws, 0.5)),
  skewed('log-normal (1)', 2, (draws) => logNormal(draws, 1)),
  skewed('log-normal (1)', 4, (draws) => logNormal(draws, 1)),
  skewed('chi-square (1 df)', 3, squared),
  skewed('exponential to the low side', 3, (draws) => -exponential(draws)),
  leaning('exponential', 3, exponential),
  leaning('chi-square (1 df)', 4, squared),
  independent('every second level exponential at 4, the rest normal at 1', false, (draws, cell) =>
    cell % 2 === 0 ? draws.normal() : 4 * exponential(draws),
  ),
  rare({ share: 0.05, depth: 20, isCentred: false }),
  rare({ share: 0.1, depth: 20, isCentred: false }),
  rare({ share: 0.05, depth: 20, isCentred: true }),
];

/** On which they were not: other shapes, other shares, other depths. */
export const heldOut: readonly Scenario[] = [
  skewed('Weibull (0.7)', 3, weibull),
  skewed('log-normal (0.8)', 6, (draws) => logNormal(draws, 0.8)),
  skewed('gamma (1.5)', 2, gamma),
  skewed('Pareto (4)', 3, pareto),
  skewed('with one run in seven far out', 2, (draws) => bimodal(draws, 1 / 7, 5)),
  leaning('log-normal (1)', 2, (draws) => logNormal(draws, 1)),
  leaning('Weibull (0.7)', 5, weibull),
  rare({ share: 0.02, depth: 50, isCentred: true }),
  rare({ share: 0.05, depth: 10, isCentred: true }),
  rare({ share: 0.1, depth: 20, isCentred: true }),
  rare({ share: 0.2, depth: 10, isCentred: true }),
  rare({ share: 0.1, depth: 5, isCentred: true }),
];

/** Runs at the accuracy of guessing beside siblings that train; and levels that are near guessing as a whole. */
export const atChance: readonly AtChance[] = [
  { name: '5% of the levels’ runs guess, the others are like the baseline’s', share: 0.05, scatter: 1 },
  { name: '5% guess, the others scatter 8 times as far', share: 0.05, scatter: 8 },
  { name: '5% guess, the others scatter 16 times as far', share: 0.05, scatter: 16 },
  { name: '20% guess, the others scatter 16 times as far', share: 0.2, scatter: 16 },
  { name: 'none guesses, all scatter 16 times as far', share: 0, scatter: 16 },
].map((one) => ({ baseline: 55, level: 55, ...one }));

/** Where nothing has collapsed: what the rule calls so is a mistake. */
export const nearGuessing: readonly AtChance[] = [
  {
    name: 'a true difference: every level at 10.5%, the baseline at 55%',
    share: 0,
    scatter: 1,
    baseline: 55,
    level: 10.5,
  },
  { name: 'all at 10.5%, the baseline too', share: 0, scatter: 1, baseline: 10.5, level: 10.5 },
  {
    name: 'a true difference: levels at 30% that scatter by 9 points, the baseline at 55%',
    share: 0,
    scatter: 15,
    baseline: 55,
    level: 30,
  },
];
