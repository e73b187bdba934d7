/** Products against float64: tiles that the sizes do not divide, quads and single elements, replicas, every tile's bits. */
import { afterAll, describe, expect, it } from 'vitest';
import { openRunner } from '../../../../test/support/webgpu.js';
import {
  geometryOf,
  type MadeCase,
  madeConvolution,
  relativeError,
} from '../../../../test/support/webgpuConvolution.js';
import type { ActivationName } from '../../../nn/network.js';
import {
  dataGradientDispatch,
  forwardDispatch,
  type PlannedDispatch,
  weightGradientDispatch,
  weightPieces,
} from './products.js';
import { productTiles, type Tile, tileName, weightTiles } from './tiles.js';

const runner = await openRunner();
afterAll(() => runner?.close());
/** Compiling is slow on the adapters of tests. */
const patience = 300_000;

const three: readonly ActivationName[] = ['relu', 'sigmoid', 'gelu'];
const cases: Record<string, MadeCase> = {
  'quads, sizes that no tile divides': {
    geometry: geometryOf({ batch: 3, inHeight: 7, inWidth: 9, inChannels: 20, outChannels: 76 }),
    replicas: 3,
    activations: three,
    normalized: true,
  },
  'exact tiles': {
    geometry: geometryOf({ batch: 2, inHeight: 8, inWidth: 8, inChannels: 64, outChannels: 128 }),
    replicas: 1,
    activations: ['tanh'],
    normalized: true,
  },
  'single elements': {
    geometry: geometryOf({ batch: 1, inHeight: 11, inWidth: 7, inChannels: 13, outChannels: 35 }),
    replicas: 2,
    activations: ['leakyRelu', 'silu'],
    normalized: true,
  },
  'single columns, odd offset': {
    geometry: geometryOf({ batch: 70, inChannels: 24, outChannels: 10 }),
    replicas: 2,
    activations: ['elu', 'hardSwish'],
    normalized: false,
    weightOffset: 5,
  },
};

/**
 * In the compact form, and two tiles but where CETERIS_ALL_TILES is set: lavapipe takes seconds to compile a kernel with
 * barriers.
 */
const some = (tiles: readonly Tile[]): readonly Tile[] =>
  (process.env.CETERIS_ALL_TILES ? tiles : tiles.slice(-2)).map((tile) => ({
    ...tile,
    unroll: 1,
  }));

type Arrays = ReturnType<typeof madeConvolution>['arrays'];

async function run(
  dispatch: PlannedDispatch<string>,
  arrays: Arrays,
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

const part = (array: Float32Array, r: number, replicas: number) =>
  array.subarray((array.length / replicas) * r, (array.length / replicas) * (r + 1));

/** The tiles' results are the same bits. */
function agree(results: Map<string, Float32Array[]>): void {
  const [[firstName, first], ...others] = results;
  for (const [name, other] of others) {
    other.forEach((array, i) => {
      expect(
        Buffer.from(array.slice().buffer).equals(Buffer.from(first[i].slice().buffer)),
        `${name} and ${firstName}`,
      ).toBe(true);
    });
  }
}

describe.skipIf(runner === null).each(Object.entries(cases).slice(0, runner?.isSlow ? 1 : undefined))(
  'products: %s',
  (_, made) => {
    const { geometry: g, replicas } = made;
    const { arrays, places, expected, inRows, outRows, weightElements } = madeConvolution(made);
    const all = Array.from({ length: replicas }, (_unused, r) => expected(r));
    const onTiles = async (tiles: readonly Tile[], one: (tile: Tile) => Promise<Float32Array[]>) => {
      const results = new Map<string, Float32Array[]>();
      for (const tile of tiles) results.set(tileName(tile), await one(tile));
      return results;
    };

    it(
      'forward',
      async () => {
        const sizes = {
          output: replicas * outRows * g.outChannels,
          sums: replicas * Math.ceil(outRows / 64) * 2 * g.outChannels,
        };
        const results = await onTiles(some(productTiles), (tile) =>
          run(forwardDispatch(g, places, tile), arrays, sizes),
        );
        agree(results);
        const [output, sums] = [...results.values()][0];
        all.forEach(({ y, statistics }, r) => {
          expect(relativeError(part(output, r, replicas), y)).toBeLessThan(2e-6);
          expect(relativeError(part(sums, r, replicas), statistics)).toBeLessThan(2e-6);
        });
      },
      patience,
    );

    it(
      'data gradient',
      async () => {
        const sizes = {
          output: replicas * inRows * g.inChannels,
          sums: replicas * Math.ceil(inRows / 64) * 2 * g.inChannels,
        };
        const results = await onTiles(some(productTiles), (tile) =>
          run(dataGradientDispatch(g, places, tile), arrays, sizes),
        );
        agree(results);
        const [output, sums] = [...results.values()][0];
        all.forEach(({ dz, sums: wanted }, r) => {
          expect(relativeError(part(output, r, replicas), dz)).toBeLessThan(4e-6);
          expect(relativeError(part(sums, r, replicas), wanted)).toBeLessThan(4e-6);
        });
      },
      patience,
    );

    it(
      'weight gradient',
      async () => {
        const pieces = weightPieces(g);
        const sizes = { output: replicas * pieces * weightElements };
        const results = await onTiles(some(weightTiles), (tile) =>
          run(weightGradientDispatch(g, places, tile), arrays, sizes),
        );
        agree(results);
        const [output] = [...results.values()][0];
        all.forEach(({ dw }, r) => {
          const partial = part(output, r, replicas);
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
