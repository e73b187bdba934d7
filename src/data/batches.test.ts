import { describe, expect, it } from 'vitest';
import { RandomStream } from '../base/random.js';
import {
  type Augmentation,
  type BatchArrays,
  createBatchArrays,
  epochOrder,
  planEvaluationBatch,
  planTrainBatch,
  stepsPerEpoch,
} from './batches.js';

const indices = Int32Array.from({ length: 1000 }, (_, i) => 3 * i);

function planned(
  augment: readonly Augmentation[],
  seed: number,
  epoch: number,
  step = 0,
  order = indices,
): BatchArrays {
  const arrays = createBatchArrays(128);
  planTrainBatch(arrays, order, step, { augment, seed, epoch });
  return arrays;
}

describe('epochOrder', () => {
  it('is another permutation of the split for each epoch and seed, and the same one each time', () => {
    const order = epochOrder(indices, 7, 2, true);
    expect(order.slice().sort()).toEqual(indices);
    expect(epochOrder(indices, 7, 2, true)).toEqual(order);
    expect(epochOrder(indices, 7, 3, true)).not.toEqual(order);
    expect(epochOrder(indices, 8, 2, true)).not.toEqual(order);
  });

  it('is the split as it stands without shuffling', () => {
    expect(epochOrder(indices, 7, 2, false)).toEqual(indices);
  });
});

describe('planTrainBatch', () => {
  it('walks through the order, batch by batch', () => {
    expect(planned([], 0, 0, 3).indices).toEqual(indices.subarray(384, 512));
    expect(() => planned([], 0, 0, 7)).toThrow(RangeError);
  });

  it('draws as RandomStream(seed, augment, epoch, example) does', () => {
    const plan = planned(['crop', 'flip'], 5, 9, 1);
    for (let i = 0; i < 128; i++) {
      const stream = new RandomStream(5, 'augment', 9, plan.indices[i]);
      expect(plan.shiftY[i]).toBe(stream.integer(0, 9) - 4);
      expect(plan.shiftX[i]).toBe(stream.integer(1, 9) - 4);
      expect(plan.flip[i]).toBe(stream.integer(2, 2));
    }
  });

  it('gives an example the same draws wherever it stands, and others in another epoch', () => {
    const reversed = planned(['crop', 'flip'], 5, 9, 0, indices.slice(0, 128).reverse());
    const forward = planned(['crop', 'flip'], 5, 9);
    expect(reversed.shiftX.slice().reverse()).toEqual(forward.shiftX);
    expect(planned(['crop', 'flip'], 5, 10).shiftX).not.toEqual(forward.shiftX);
  });

  it('switches crop and flip separately, without changing the other’s draws', () => {
    const both = planned(['crop', 'flip'], 1, 1);
    const crop = planned(['crop'], 1, 1);
    const flip = planned(['flip'], 1, 1);
    expect(crop.shiftY).toEqual(both.shiftY);
    expect(crop.flip.every((value) => value === 0)).toBe(true);
    expect(flip.flip).toEqual(both.flip);
    expect(flip.shiftX.every((value) => value === 0)).toBe(true);
  });

  it('draws all nine shifts equally often, and flips every other image', () => {
    const many = Int32Array.from({ length: 128 * 200 }, (_, i) => i);
    const shifts = new Array<number>(9).fill(0);
    let flips = 0;
    for (let step = 0; step < 200; step++) {
      const plan = planned(['crop', 'flip'], 11, 0, step, many);
      for (let i = 0; i < 128; i++) {
        shifts[plan.shiftY[i] + 4] += 1;
        flips += plan.flip[i];
      }
    }
    // Five standard deviations of the binomial counts.
    for (const count of shifts) expect(Math.abs(count - many.length / 9)).toBeLessThan(252);
    expect(Math.abs(flips - many.length / 2)).toBeLessThan(400);
  });
});

describe('planEvaluationBatch', () => {
  it('pads the last batch and says how many count', () => {
    const arrays = createBatchArrays(128);
    planTrainBatch(arrays, indices, 0, { augment: ['crop', 'flip'], seed: 0, epoch: 0 });
    expect(planEvaluationBatch(arrays, indices, 0)).toBe(128);
    expect(planEvaluationBatch(arrays, indices, 896)).toBe(104);
    expect(arrays.indices.subarray(0, 104)).toEqual(indices.subarray(896));
    expect(arrays.indices[127]).toBe(indices[896]);
    expect([...arrays.shiftY, ...arrays.shiftX, ...arrays.flip].every((value) => value === 0)).toBe(true);
  });
});

describe('stepsPerEpoch', () => {
  it('drops the last partial batch', () => {
    expect(stepsPerEpoch(40_000, 128)).toBe(312);
  });

  it('refuses a split that is smaller than one batch', () => {
    expect(() => stepsPerEpoch(100, 128)).toThrow('where: training.batchSize');
  });
});
