/** Tiles by measurement: which is taken, what is refused, what is kept; and that no bit depends on it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { differing } from '../../../../test/contract/compareSteps.js';
import {
  act,
  bn,
  classes,
  conv,
  hyper,
  oddNetwork,
  plan,
  source,
} from '../../../../test/contract/networks.js';
import { testAdapter } from '../../../../test/support/adapter.js';
import { geometryOf } from '../../../../test/support/webgpuConvolution.js';
import { openTestStep } from '../../../../test/support/webgpuStep.js';
import { compile } from '../../../compile/compile.js';
import { initialState } from '../../../compile/initial.js';
import { buildNetwork } from '../../../nn/build.js';
import type { Network } from '../../../nn/network.js';
import { depthwiseTileName, depthwiseTiles } from '../kernels/depthwisePlan.js';
import { tileName } from '../kernels/tiles.js';
import { openDevice } from '../node/adapters.js';
import { createWebgpuNodeStep } from '../node/createStep.js';
import { TileCache } from '../node/tileCache.js';
import {
  fixedTiles,
  isInHalves,
  type ProductPart,
  productParts,
  smallTiles,
  type TileChoice,
} from '../tileChoice.js';
import { describeTiles, keyOf, productCandidates, type TunedPart, tilesOf } from './tileTable.js';
import { TrialRunner } from './trialRunner.js';
import { trialOf } from './trials.js';
import { fastest, tunedCalls } from './tune.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-tiles-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const ends = { height: 32, width: 32, channels: 3, classes: 100 };
const mobilenet = (replicas: number) =>
  compile(buildNetwork({ name: 'mobilenet', width: 1 }, ends), { batch: 128, replicas });
const depthwise = geometryOf({
  batch: 3,
  inHeight: 8,
  inWidth: 8,
  inChannels: 5,
  outChannels: 5,
  kernelHeight: 3,
  kernelWidth: 3,
  padding: 1,
  depthwise: true,
});

/** As an H200 has it. */
const unit = { m: 16, n: 16, k: 16, subgroup: 32 };

const isProductPart = (part: TunedPart): part is ProductPart => productParts.some((one) => one === part);

/** Names of the tiles that a kernel is tuned among. */
const candidates = (part: TunedPart): string[] =>
  isProductPart(part) ? productCandidates(part, unit).map(tileName) : depthwiseTiles.map(depthwiseTileName);

describe('the table', () => {
  const used = tunedCalls(mobilenet(7), fixedTiles(), false);

  test.each([null, unit])(
    'names every shape of MobileNet once, and its tiles are those of the table: %o',
    (halves) => {
      const fixed = fixedTiles(halves);
      const ask = (choice: TileChoice) => tunedCalls(mobilenet(7), choice, halves !== null);
      const asked = ask(fixed);
      // Nine pointwise shapes and the last layer, three parts each; nine depthwise shapes, two parts each, and three of those
      // forward in two texts: training finishes the statistics of their input, evaluation has none. In halves the pointwise shapes
      // are met once more, forward in float32: by evaluation.
      expect(asked.size).toBe(3 * 10 + 2 * 9 + 3 + (halves === null ? 0 : 9));
      expect([...asked.values()].filter(({ call }) => isInHalves(call.part)).length).toBe(
        halves === null ? 0 : 3 * 9,
      );
      for (const [key, { call, tile }] of asked) {
        expect(key).toBe(keyOf(call));
        expect(candidates(call.part)).toContain(tile);
        const other = candidates(call.part).find((one) => one !== tile)!;
        expect(ask(tilesOf({ [key]: other }, fixed, halves)).get(key)?.tile).toBe(other);
      }
      const unknown = Object.fromEntries([...asked.keys()].map((key) => [key, 'no tile at all']));
      expect(ask(tilesOf(unknown, fixed, halves))).toEqual(asked);
    },
  );

  test('is described by part, the most used tile first, the others with their shapes', () => {
    const described = describeTiles(used);
    const parts = [...used.values()].map(({ call }) => call.part);
    expect(new Set(Object.keys(described))).toEqual(new Set(parts));
    expect(described.forward).toBe('64x64x16 8x8; 64x64x16 4x4 for 128x1024x100');
  });

  test('the fastest of those with equal bits; the fixed one where the difference is noise', () => {
    const result = (tile: string, milliseconds: number, isEqual = true) => ({ tile, milliseconds, isEqual });
    expect(fastest([result('a', 1), result('b', 0.9)], 'a')).toBe('b');
    expect(fastest([result('a', 1), result('b', 0.99)], 'a')).toBe('a');
    expect(fastest([result('a', 1), result('b', 0.5, false)], 'a')).toBe('a');
    expect(fastest([], 'a')).toBeNull();
  });
});

describe('the cache', () => {
  test('keeps tiles by device; what cannot be read is as if it were not there', () => {
    const directory = join(scratch, 'cache');
    const cache = new TileCache('one, driver 1, Dawn 1', directory);
    expect(cache.read()).toEqual({});
    cache.write({ a: 'x' });
    cache.write({ b: 'y' });
    expect(cache.read()).toEqual({ a: 'x', b: 'y' });
    expect(new TileCache('one, driver 2, Dawn 1', directory).read()).toEqual({});
    const [file] = readdirSync(directory);
    const own = { version: 1, device: 'one, driver 1, Dawn 1' };
    for (const foreign of [
      '',
      '{ "version": 1, "dev',
      'null',
      '[]',
      '7',
      JSON.stringify({ ...own, version: 2, tiles: { a: 'x' } }),
      JSON.stringify({ ...own, device: 'one, driver 2, Dawn 1', tiles: { a: 'x' } }),
      JSON.stringify({ ...own, tiles: null }),
      JSON.stringify({ ...own, tiles: 'x' }),
      JSON.stringify({ ...own, tiles: { a: 7, b: null } }),
    ]) {
      writeFileSync(join(directory, file), foreign);
      expect(
        Object.values(cache.read()).every((tile) => typeof tile === 'string'),
        foreign,
      ).toBe(true);
      expect(cache.read().a, foreign).toBeUndefined();
      // What is found anew takes its place.
      cache.write({ c: 'z' });
      expect(new TileCache(own.device, directory).read().c, foreign).toBe('z');
    }
    writeFileSync(join(scratch, 'a file'), '');
    expect(() => new TileCache('one', join(scratch, 'a file')).write({ a: 'x' })).not.toThrow();
    // A folder stands where the file should be: nothing is left beside it.
    rmSync(join(directory, file));
    mkdirSync(join(directory, file, 'x'), { recursive: true });
    cache.write({ a: 'x' });
    expect(cache.read()).toEqual({});
    expect(readdirSync(directory)).toEqual([file]);
  });
});

describe.skipIf(testAdapter === null)(`on ${testAdapter?.description.name}`, () => {
  const request = testAdapter?.request ?? 'webgpu';
  const small: TileChoice = testAdapter?.description.type === 'software' ? smallTiles() : fixedTiles();

  test.each([true, false])(
    'tiles are timed and compared, by timestamps: %s',
    async (timestamps) => {
      const { device } = await openDevice(request);
      const runner = new TrialRunner({ device, deviceName: 'test', timestamps });
      const trial = trialOf({ part: 'depthwise forward', geometry: depthwise, replicas: 2 });
      const [first, ...others] = trial.candidates;
      const { key, code } = first.dispatch.kernel;
      const wrong = { key: `${key} wrong`, code: code.replace('v0 = v0 +', 'v0 = 0.999 * v0 +') };
      expect(wrong.code).not.toBe(code);
      const broken = { tile: 'wrong', dispatch: { ...first.dispatch, kernel: wrong } };
      const unsound = {
        tile: 'unsound',
        dispatch: { ...first.dispatch, kernel: { key: 'no kernel', code: 'fn' } },
      };
      const all = { ...trial, candidates: [first, ...others, broken, unsound] };
      await runner.compile([all]);
      const results = await runner.run(all);
      expect(results.map(({ tile, isEqual }) => [tile, isEqual])).toEqual([
        ...trial.candidates.map(({ tile }) => [tile, true]),
        ['wrong', false],
      ]);
      for (const { milliseconds } of results) expect(milliseconds).toBeGreaterThanOrEqual(0);
      runner.destroy();
      device.destroy();
    },
    120_000,
  );

  test.skipIf(testAdapter?.isSlow)(
    'tiles that finish sums give equal bits, also where there are more outputs than inputs',
    async () => {
      const { device } = await openDevice(request);
      const runner = new TrialRunner({ device, deviceName: 'test' });
      const geometry = geometryOf({
        batch: 20,
        inHeight: 4,
        inWidth: 4,
        inChannels: 16,
        outChannels: 36,
      });
      const trial = trialOf({ part: 'finishing weight gradient', geometry, replicas: 2 });
      await runner.compile([trial]);
      const results = await runner.run(trial);
      expect(results.map(({ isEqual }) => isEqual)).toEqual([true, true, true]);
      runner.destroy();
      device.destroy();
    },
    300_000,
  );

  const network: Network = {
    ...oddNetwork(),
    layers: [
      conv('c1', 5, 3, 1),
      bn('b1'),
      act,
      conv('d1', 5, 3, 1, true),
      bn('b2'),
      act,
      { type: 'averagePool', size: 3 },
      { type: 'linear', name: 'fc', outFeatures: classes },
    ],
  };

  async function trained(open: (program: ReturnType<typeof compile>) => ReturnType<typeof openTestStep>) {
    const step = await open(compile(network, { batch: 5, replicas: 1 }));
    step.load(source());
    await step.writeState(0, initialState(step.program, 3));
    for (let i = 0; i < 3; i++) {
      await step.room();
      step.train(plan(5, 5 * i), [hyper('relu')]);
    }
    const [{ stepLosses }] = await step.metrics();
    const state = await step.readState(0);
    const { tiles } = step.description;
    await step.dispose();
    return { stepLosses, state, tiles };
  }

  test('another tile gives the same bits, and stands in the description', async () => {
    const one = await trained((program) => openTestStep(program, small));
    const other = await trained((program) =>
      openTestStep(program, { ...small, depthwise: () => depthwiseTiles[1] }),
    );
    expect(one.tiles['depthwise finishing backward']).not.toBe(other.tiles['depthwise finishing backward']);
    expect(other.stepLosses).toEqual(one.stepLosses);
    expect(differing(other.state, one.state)).toEqual([]);
  }, 120_000);

  test.skipIf(testAdapter?.isSlow)(
    'a tuned Step gives the bits of one that is not; what was found is kept',
    async () => {
      const options = { adapter: request, tileCache: join(scratch, 'tuned') };
      const plain = await trained((program) => createWebgpuNodeStep(program, { ...options, tune: false }));
      expect(() => readdirSync(options.tileCache)).toThrow();
      const tuned = await trained((program) => createWebgpuNodeStep(program, { ...options, tune: true }));
      expect(readdirSync(options.tileCache)).toHaveLength(1);
      const again = await trained((program) => createWebgpuNodeStep(program, { ...options, tune: true }));
      expect(again.tiles).toEqual(tuned.tiles);
      for (const { stepLosses, state } of [tuned, again]) {
        expect(stepLosses).toEqual(plain.stepLosses);
        expect(differing(state, plain.state)).toEqual([]);
      }
    },
    900_000,
  );
});
