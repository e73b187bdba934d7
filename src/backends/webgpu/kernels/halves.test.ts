/**
 * Products in halves against their definition: factors times a power of two, rounded to f16, multiplied and added. Only sums in
 * float32 stand between the two, so a wrong bit, edge or scale shows. Left out where there are no subgroup matrices.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { testAdapter } from '../../../../test/support/adapter.js';
import { halfProduct } from '../../../../test/support/halves.js';
import { openRunner } from '../../../../test/support/webgpu.js';
import { geometryOf, madeConvolution, relativeError } from '../../../../test/support/webgpuConvolution.js';
import { testUnit } from '../../../../test/support/webgpuStep.js';
import { halfProductTiles, halfWeightTiles, smallHalfTile } from './halfTiles.js';
import {
  dataGradientDispatch,
  forwardDispatch,
  type PlannedDispatch,
  weightGradientDispatch,
  weightPieces,
} from './products.js';
import { type MatrixUnit, type Tile, tileName } from './tiles.js';

const unit: MatrixUnit = testUnit ?? { m: 8, n: 8, k: 8, subgroup: 8 };
const runner = testUnit === null ? null : await openRunner();
afterAll(() => runner?.close());

const replicas = 2;
/** Of inputs, weights and gradients: products of the last would be zero, or infinite, without powers of two. */
const sizes = [
  ['plain numbers', 1, 1, 1],
  ['small gradients, large weights', 3e-7, 8e5, 2e-12],
  ['the smallest and the largest', 2e-30, 3e28, 3e5],
] as const;
const geometry = geometryOf({ batch: 3, inHeight: 7, inWidth: 9, inChannels: 20, outChannels: 76 });
const deep = geometryOf({ batch: 2, inHeight: 4, inWidth: 8, inChannels: 128, outChannels: 64 });

/** Bounds of the factors as they stand in a replica's vectors: the largest of four is the bound. */
const [xBound, wBound, dzBound] = [4, 8, 12].map((offset) => ({ offset, count: 4 }));

function madeHalves(g: typeof geometry, [x, w, dz]: readonly number[]) {
  const made = madeConvolution({
    geometry: g,
    replicas,
    activations: ['identity', 'identity'],
    normalized: false,
  });
  const { arrays, places } = made;
  const scale = (array: Float32Array, factor: number) => {
    array.forEach((value, i) => {
      array[i] = value * factor;
    });
  };
  scale(arrays.xs, x);
  scale(arrays.parameters, w);
  scale(arrays.dz, dz);
  for (let r = 0; r < replicas; r++) {
    const bounds = [x, w, dz].flatMap((most) => [0.1 * most, most, 0, 0.5 * most]);
    arrays.vectors.set(bounds, r * places.vectorStride + xBound.offset);
  }
  const [C, O] = [g.inChannels, g.outChannels];
  const rows = made.inRows;
  const values = (r: number) => ({
    x: (row: number, c: number) => arrays.xs[(r * rows + row) * C + c],
    w: (o: number, c: number) =>
      arrays.parameters[r * places.parameterStride + places.weightOffset + o * C + c],
    dz: (row: number, o: number) => arrays.dz[(r * rows + row) * O + o],
  });
  const expected = (r: number) => {
    const of = values(r);
    return {
      y: halfProduct([rows, O, C], of.x, (k, o) => of.w(o, k), [x, w]),
      dx: halfProduct([rows, C, O], of.dz, of.w, [dz, w]),
      dw: halfProduct([O, C, rows], (o, row) => of.dz(row, o), of.x, [dz, x]),
    };
  };
  return { ...made, rows, expected };
}

async function run(
  dispatch: PlannedDispatch<string>,
  arrays: Readonly<Record<string, Float32Array>>,
  written: Readonly<Record<string, number>>,
): Promise<Float32Array> {
  const found = { ...arrays, targetRaw: arrays.xs };
  const bound = dispatch.bindings.map((name) => {
    if (name in written) return { data: new Float32Array(written[name]).fill(Number.NaN), write: true };
    if (name === 'flags') return { data: new Uint32Array(8), write: false };
    return { data: (found as Record<string, Float32Array>)[name].slice(), write: false };
  });
  const [output] = (await runner?.run({ ...dispatch, arrays: bound })) ?? [];
  return output.subarray(0, Object.values(written)[0]);
}

const part = (array: Float32Array, r: number) =>
  array.subarray((array.length / replicas) * r, (array.length / replicas) * (r + 1));

/** Each tile's result is the definition's, and the tiles agree to the bit. */
async function check(
  tiles: readonly Tile[],
  made: (tile: Tile) => Promise<Float32Array>,
  expected: (r: number) => Float64Array,
): Promise<void> {
  let first: Float32Array | null = null;
  for (const tile of tiles) {
    const result = await made(tile);
    for (let r = 0; r < replicas; r++) {
      expect(relativeError(part(result, r), expected(r)), tileName(tile)).toBeLessThan(2e-6);
    }
    first ??= result.slice();
    expect(Buffer.from(result.slice().buffer).equals(Buffer.from(first.buffer)), tileName(tile)).toBe(true);
  }
}

const isSlow = testAdapter?.isSlow ?? true;
// The largest tile takes more workgroup memory than software adapters have: tuning leaves such ones out.
const fits = ({ rows, columns }: Tile) =>
  rows * columns < 128 * 128 || testAdapter?.description.type === 'hardware';
const products = [smallHalfTile(unit, false), ...(isSlow ? [] : halfProductTiles(unit).filter(fits))];
const weights = [smallHalfTile(unit, true), ...(isSlow ? [] : halfWeightTiles(unit).filter(fits))];
const shapes = { 'sizes that no tile divides': geometry, 'many channels': deep };

describe.skipIf(runner === null).each(Object.entries(shapes))('products in halves, %s', (_, g) => {
  describe.each(sizes)('%s', (__, ...scales) => {
    const { arrays, places, rows, expected, weightElements } = madeHalves(g, scales);
    const all = Array.from({ length: replicas }, (___, r) => expected(r));
    const sums = { sums: replicas * Math.ceil(rows / 64) * 2 * Math.max(g.inChannels, g.outChannels) };

    it('forward', async () => {
      const own = { ...places, bounds: { a: xBound, b: wBound } };
      const written = { output: replicas * rows * g.outChannels, ...sums };
      await check(
        products,
        (tile) => run(forwardDispatch(g, own, tile), arrays, written),
        (r) => all[r].y,
      );
    });

    it('data gradient', async () => {
      const own = { ...places, bounds: { a: dzBound, b: wBound } };
      const written = { output: replicas * rows * g.inChannels, ...sums };
      await check(
        products,
        (tile) => run(dataGradientDispatch(g, own, tile), arrays, written),
        (r) => all[r].dx,
      );
    });

    it('weight gradient', async () => {
      const own = { ...places, bounds: { a: dzBound, b: xBound } };
      const pieces = weightPieces(g);
      const written = { output: replicas * pieces * weightElements };
      await check(
        weights,
        async (tile) => {
          const partials = await run(weightGradientDispatch(g, own, tile), arrays, written);
          return Float32Array.from({ length: replicas * weightElements }, (___, i) => {
            const r = Math.floor(i / weightElements);
            const at = (p: number) => partials[(r * pieces + p) * weightElements + (i % weightElements)];
            return Array.from({ length: pieces }, (____, p) => at(p)).reduce((a, b) => a + b, 0);
          });
        },
        (r) => all[r].dw,
      );
    });
  });
});

if (testUnit === null) {
  const where =
    testAdapter === null ? 'there is no adapter' : `${testAdapter.description.name} has no subgroup matrices`;
  process.stderr.write(`left out: products in halves. ${where}\n`);
  it.skip('no subgroup matrices', () => {});
}
