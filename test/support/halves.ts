/** Products in halves in a few plain lines: what the kernels on subgroup matrices are tested by. */

/** To the nearest f16, ties to even; beyond its range infinite. */
export function toHalf(x: number): number {
  if (!Number.isFinite(x) || x === 0) return x;
  // f16 has 11 bits from 2^-14 on, and steps of 2^-24 below.
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(x))));
  const step = 2 ** (exponent - 10);
  const steps = x / step;
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  const rounded = (floor + (up ? 1 : 0)) * step;
  return Math.abs(rounded) > 65_504 ? Math.sign(x) * Number.POSITIVE_INFINITY : rounded;
}

/** The power of two that brings numbers of at most this bound to below 2^14. */
export function scaleOfBound(bound: number): number {
  const above = Math.floor(Math.log2(bound)) + 1;
  return 2 ** Math.min(126, 14 - above);
}

/** sum over k of a(r, k) * b(k, c) in float64, both factors rounded to halves by the scales of their bounds. */
export function halfProduct(
  [rows, columns, inner]: readonly [number, number, number],
  a: (row: number, k: number) => number,
  b: (k: number, column: number) => number,
  [aBound, bBound]: readonly [number, number],
): Float64Array {
  const [aScale, bScale] = [scaleOfBound(aBound), scaleOfBound(bBound)];
  const as = Float64Array.from({ length: rows * inner }, (_, i) =>
    toHalf(aScale * a(Math.floor(i / inner), i % inner)),
  );
  const bs = Float64Array.from({ length: inner * columns }, (_, i) =>
    toHalf(bScale * b(Math.floor(i / columns), i % columns)),
  );
  const product = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inner; k++) {
      for (let c = 0; c < columns; c++) product[r * columns + c] += as[r * inner + k] * bs[k * columns + c];
    }
  }
  return product.map((sum) => sum / aScale / bScale);
}
