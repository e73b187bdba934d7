import { expect, it } from 'vitest';
import { erf } from './erf.js';

/** C's erf() (glibc). */
const exact = [
  [-3, -0.9999779095030014],
  [-0.3, -0.3286267594591274],
  [0, 0],
  [0.46875, 0.49261347321793797],
  [0.47, 0.493745050886082],
  [0.9, 0.7969082124228322],
  [2, 0.9953222650189527],
  [4, 0.9999999845827421],
  [4.1, 0.9999999932999724],
  [6.5, 1],
] as const;

it.each(exact)('erf(%s)', (x, value) => {
  expect(Math.abs(erf(x) - value)).toBeLessThan(2.3e-16);
});

it('NaN stays NaN', () => {
  expect(erf(Number.NaN)).toBeNaN();
});
