/** Convolutions of few input channels against float64. */
import { afterAll, describe, expect, it } from 'vitest';
import { openRunner } from '../../../../test/support/webgpu.js';
import {
  geometryOf,
  type MadeCase,
  madeConvolution,
  relativeError,
} from '../../../../test/support/webgpuConvolution.js';
import type { PlannedDispatch } from './products.js';
import { isThin, thinForwardDispatch, thinPieces, thinWeightDispatch } from './thin.js';

const runner = await openRunner();
afterAll(() => runner?.close());
const patience = 300_000;

const cases: Record<string, MadeCase> = {
  'images, 3x3': {
    geometry: geometryOf({
      batch: 3,
      inHeight: 9,
      inWidth: 8,
      inChannels: 3,
      outChannels: 36,
      kernelHeight: 3,
      kernelWidth: 3,
      padding: 1,
    }),
    replicas: 2,
    activations: ['identity', 'identity'],
    normalized: false,
  },
  'views, 3x5, stride 2': {
    geometry: geometryOf({
      batch: 2,
      inHeight: 17,
      inWidth: 9,
      inChannels: 2,
      outChannels: 8,
      kernelHeight: 3,
      kernelWidth: 5,
      padding: 1,
      stride: 2,
    }),
    replicas: 3,
    activations: ['sigmoid', 'relu', 'gelu'],
    normalized: true,
  },
};

describe.skipIf(runner === null).each(Object.entries(cases).slice(0, runner?.isSlow ? 1 : undefined))(
  'few input channels: %s',
  (_, made) => {
    const { geometry: g, replicas } = made;
    const { arrays, places, expected, outRows, weightElements } = madeConvolution(made);
    const all = Array.from({ length: replicas }, (_unused, r) => expected(r));
    const part = (array: Float32Array, r: number) =>
      array.subarray((array.length / replicas) * r, (array.length / replicas) * (r + 1));

    async function run(
      dispatch: PlannedDispatch<string>,
      sizes: Record<string, number>,
    ): Promise<Float32Array[]> {
      const found: Record<string, Float32Array | Uint32Array> = { ...arrays };
      const bound = dispatch.bindings.map((name) =>
        name in sizes
          ? { data: new Float32Array(sizes[name]).fill(Number.NaN), write: true }
          : name === 'flags'
            ? { data: new Uint32Array(8), write: true }
            : { data: found[name].slice(), write: false },
      );
      const results = (await runner?.run({ ...dispatch, arrays: bound })) ?? [];
      return results.map((result, i) => result.subarray(0, Object.values(sizes)[i]));
    }

    it('is served', () => expect(isThin(g, places)).toBe(true));

    it(
      'forward',
      async () => {
        const sizes = {
          output: replicas * outRows * g.outChannels,
          sums: replicas * Math.ceil(outRows / 64) * 2 * g.outChannels,
        };
        const [output, sums] = await run(thinForwardDispatch(g, places), sizes);
        all.forEach(({ y, statistics }, r) => {
          expect(relativeError(part(output, r), y)).toBeLessThan(2e-6);
          expect(relativeError(part(sums, r), statistics)).toBeLessThan(2e-6);
        });
      },
      patience,
    );

    it(
      'weight gradient',
      async () => {
        const pieces = thinPieces(g);
        const [output] = await run(thinWeightDispatch(g, places), {
          output: replicas * pieces * weightElements,
        });
        all.forEach(({ dw }, r) => {
          const partial = part(output, r);
          const total = Float64Array.from({ length: weightElements }, (_unused, i) =>
            Array.from({ length: pieces }, (__, p) => partial[p * weightElements + i]).reduce(
              (a, b) => a + b,
              0,
            ),
          );
          expect(relativeError(total, dw)).toBeLessThan(4e-6);
        });
      },
      patience,
    );
  },
);
