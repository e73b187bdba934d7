import { expect, test } from 'vitest';
import type { AdapterDescription, FeatureName } from './description.js';
import { matrixUnitOf, requireMatrixUnit } from './matrices.js';

const adapter = (over: Partial<AdapterDescription>): AdapterDescription =>
  ({
    name: 'Card',
    features: ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'] as FeatureName[],
    subgroupSizes: [32, 32],
    // As an H200 tells them.
    subgroupMatrices: [
      'u8 x u8 -> u32, 16x16x32',
      'f16 x f16 -> f16, 16x16x16',
      'f16 x f16 -> f32, 16x8x8',
      'f16 x f16 -> f32, 16x8x16',
      'f16 x f16 -> f32, 16x16x16',
    ],
    ...over,
  }) as AdapterDescription;

test('the largest instruction with f16 factors and f32 sums is taken', () => {
  expect(matrixUnitOf(adapter({}))).toEqual({ m: 16, n: 16, k: 16, subgroup: 32 });
  const lavapipe = { subgroupSizes: [8, 8] as const, subgroupMatrices: ['f16 x f16 -> f32, 8x8x8'] };
  expect(matrixUnitOf(adapter(lavapipe))).toEqual({ m: 8, n: 8, k: 8, subgroup: 8 });
});

test('what is missing is told', () => {
  const cases: [Partial<AdapterDescription>, RegExp][] = [
    [{ subgroupMatrices: [] }, /no subgroup matrices/],
    [{ subgroupMatrices: ['f16 x f16 -> f16, 16x16x16'] }, /subgroup matrices f16 x f16 -> f16/],
    [{ features: ['subgroups'] }, /no shader-f16/],
    [{ subgroupSizes: [8, 32] }, /subgroups of 8 to 32/],
    [{ subgroupSizes: null }, /no subgroups/],
  ];
  for (const [over, words] of cases) {
    expect(matrixUnitOf(adapter(over))).toBeNull();
    expect(() => requireMatrixUnit(adapter(over))).toThrow(words);
    expect(() => requireMatrixUnit(adapter(over))).toThrow(/on Card/);
  }
});
