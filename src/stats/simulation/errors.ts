/** Simulated seed-to-seed errors: mean 0, so that the truth of every simulated study is known. */

import { RandomStream } from '../../base/random.js';

/** Draws of one simulated study, a pure function of (seed, table, study). */
export class Draws {
  readonly #stream: RandomStream;
  #next = 0;

  constructor(table: number, study: number, seed = 1) {
    this.#stream = new RandomStream(seed, 'simulation', table, study);
  }

  /** Standard normal. */
  normal(): number {
    return this.#stream.normal(this.#next++);
  }
}

/** Errors of one study's cells, `[cell][seed]`; cell 0 is the baseline. */
export type ErrorMatrix = number[][];

export interface Scenario {
  readonly name: string;
  /** Whether the calibration must hold here, or the scenario is a stress whose figures are only reported. */
  readonly demanded: boolean;
  readonly draw: (draws: Draws, cells: number, seeds: number) => ErrorMatrix;
}

function matrix(cells: number, seeds: number, value: (cell: number, seed: number) => number): ErrorMatrix {
  return Array.from({ length: cells }, (_, cell) =>
    Array.from({ length: seeds }, (__, seed) => value(cell, seed)),
  );
}

/** A scenario whose errors are independent of each other, by cell. */
export function independent(
  name: string,
  demanded: boolean,
  error: (draws: Draws, cell: number) => number,
): Scenario {
  return {
    name,
    demanded,
    draw: (draws, cells, seeds) => matrix(cells, seeds, (cell) => error(draws, cell)),
  };
}

/** Student's t with `df` degrees of freedom, scaled to deviation 1: kurtosis 9 at 5, infinite at 3. */
function heavy(draws: Draws, df: number): number {
  const z = draws.normal();
  let squares = 0;
  for (let i = 0; i < df; i++) squares += draws.normal() ** 2;
  return (z / Math.sqrt(squares)) * Math.sqrt(df - 2);
}

/** Normal errors of which a share `rho` of the variance belongs to the seed, the same in every cell. */
function correlated(rho: number): Scenario {
  return {
    name: `seed-correlated, ${rho}`,
    demanded: true,
    draw: (draws, cells, seeds) => {
      const shared = Array.from({ length: seeds }, () => Math.sqrt(rho) * draws.normal());
      return matrix(cells, seeds, (_, seed) => shared[seed] + Math.sqrt(1 - rho) * draws.normal());
    },
  };
}

/** Deviation 1 in every cell, but for `unequal`. */
export const scenarios: readonly Scenario[] = [
  independent('normal', true, (draws) => draws.normal()),
  independent('heavy-tailed (t, 5 df)', true, (draws) => heavy(draws, 5)),
  independent(
    'unequal 1:4, every second level 4',
    true,
    (draws, cell) => (cell % 2 ? 4 : 1) * draws.normal(),
  ),
  independent('unequal 4:1, baseline 4', true, (draws, cell) => (cell === 0 ? 4 : 1) * draws.normal()),
  correlated(0),
  correlated(0.5),
  correlated(0.8),
  independent('very heavy-tailed (t, 3 df)', false, (draws) => heavy(draws, 3)),
  independent('unequal 1:4, all levels 4', false, (draws, cell) => (cell === 0 ? 1 : 4) * draws.normal()),
  independent('unequal 1:8, all levels 8', false, (draws, cell) => (cell === 0 ? 1 : 8) * draws.normal()),
  // Squared normals: chi-square with 2 df is exponential.
  independent('skewed (exponential)', false, (draws) => (draws.normal() ** 2 + draws.normal() ** 2) / 2 - 1),
  independent('very skewed (log-normal)', false, (draws) => {
    const e = Math.E;
    return (Math.exp(draws.normal()) - Math.sqrt(e)) / Math.sqrt(e * (e - 1));
  }),
];

/** A share of simulated studies with its Monte-Carlo standard error. */
export interface Rate {
  readonly rate: number;
  readonly error: number;
  readonly studies: number;
}

/** The share of studies for which `holds`. */
export function rateOf(studies: number, holds: (study: number) => boolean): Rate {
  let hits = 0;
  for (let study = 0; study < studies; study++) if (holds(study)) hits++;
  return rateFrom(hits, studies);
}

export function rateFrom(hits: number, studies: number): Rate {
  const rate = hits / studies;
  return { rate, error: Math.sqrt((rate * (1 - rate)) / studies), studies };
}
