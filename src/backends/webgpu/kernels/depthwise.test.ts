/** Depthwise kernels against float64: odd sizes, both strides, replicas, and the bits of every tile. */
import { afterAll, describe, expect, it } from 'vitest';
import { openRunner } from '../../../../test/support/webgpu.js';
import {
  geometryOf,
  type MadeCase,
  madeConvolution,
  relativeError,
} from '../../../../test/support/webgpuConvolution.js';
import {
  type DepthwiseTile,
  depthwiseBackwardDispatch,
  depthwiseForwardDispatch,
  depthwisePieces,
  depthwiseTiles,
} from './depthwisePlan.js';
import type { PlannedDispatch } from './products.js';

const runner = await openRunner();
afterAll(() => runner?.close());
/** Compiling is slow on the adapters of tests. */
const patience = 300_000;

const depthwise = (size: {
  batch: number;
  channels: number;
  height: number;
  width: number;
  stride: number;
}) =>
  geometryOf({
    batch: size.batch,
    inHeight: size.height,
    inWidth: size.width,
    inChannels: size.channels,
    outChannels: size.channels,
    kernelHeight: 3,
    kernelWidth: 3,
    padding: 1,
    stride: size.stride,
    depthwise: true,
  });

const cases: Record<string, MadeCase> = {
  'quads, stride 1, more channels than a workgroup has': {
    geometry: depthwise({ batch: 3, channels: 36, height: 5, width: 8, stride: 1 }),
    replicas: 3,
    activations: ['relu', 'sigmoid', 'gelu'],
    normalized: true,
  },
  'quads, stride 2': {
    geometry: depthwise({ batch: 5, channels: 12, height: 8, width: 8, stride: 2 }),
    replicas: 2,
    activations: ['sigmoid', 'relu'],
    normalized: true,
  },
  'single channels, odd width, stride 1': {
    geometry: depthwise({ batch: 2, channels: 5, height: 9, width: 7, stride: 1 }),
    replicas: 2,
    activations: ['elu', 'identity'],
    normalized: true,
  },
  'single channels, odd width, stride 2': {
    geometry: depthwise({ batch: 2, channels: 6, height: 7, width: 9, stride: 2 }),
    replicas: 1,
    activations: ['sigmoid'],
    normalized: false,
  },
};

describe.skipIf(runner === null).each(Object.entries(cases).slice(0, runner?.isSlow ? 1 : undefined))(
  'depthwise: %s',
  (_, made) => {
    const { geometry: g, replicas } = made;
    const { arrays, places, expected, inRows, outRows, weightElements } = madeConvolution(made);
    const all = Array.from({ length: replicas }, (_unused, r) => expected(r));

    async function run(
      dispatch: PlannedDispatch<string>,
      sizes: Record<string, number>,
    ): Promise<Float32Array[]> {
      const found: Record<string, Float32Array | Uint32Array> = { ...arrays, targetRaw: arrays.xs };
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

    const part = (array: Float32Array, r: number) =>
      array.subarray((array.length / replicas) * r, (array.length / replicas) * (r + 1));

    async function onTiles(one: (tile: DepthwiseTile) => Promise<Float32Array[]>): Promise<Float32Array[]> {
      // lavapipe takes seconds to compile a kernel with barriers.
      const most = process.env.CETERIS_ALL_TILES ? depthwiseTiles.length : made.replicas === 3 ? 2 : 1;
      const [first, ...others] = depthwiseTiles.slice(-most);
      const results = await one(first);
      for (const tile of others) {
        (await one(tile)).forEach((array, i) => {
          const equal = Buffer.from(array.slice().buffer).equals(Buffer.from(results[i].slice().buffer));
          expect(equal, JSON.stringify(tile)).toBe(true);
        });
      }
      return results;
    }

    it(
      'forward',
      async () => {
        const sizes = {
          output: replicas * outRows * g.outChannels,
          sums: replicas * Math.ceil(outRows / 64) * 2 * g.outChannels,
        };
        const [output, sums] = await onTiles((tile) => run(depthwiseForwardDispatch(g, places, tile), sizes));
        all.forEach(({ y, statistics }, r) => {
          expect(relativeError(part(output, r), y)).toBeLessThan(2e-6);
          expect(relativeError(part(sums, r), statistics)).toBeLessThan(2e-6);
        });
      },
      patience,
    );

    it(
      'both gradients',
      async () => {
        const pieces = depthwisePieces(g);
        const sizes = {
          output: replicas * inRows * g.inChannels,
          sums: replicas * Math.ceil(inRows / 64) * 2 * g.inChannels,
          partials: replicas * pieces * weightElements,
        };
        const [output, sums, partials] = await onTiles((tile) =>
          run(depthwiseBackwardDispatch(g, places, tile), sizes),
        );
        all.forEach(({ dz, sums: wanted, dw }, r) => {
          expect(relativeError(part(output, r), dz)).toBeLessThan(4e-6);
          expect(relativeError(part(sums, r), wanted)).toBeLessThan(4e-6);
          const partial = part(partials, r);
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
