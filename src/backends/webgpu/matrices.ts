/** Which subgroup matrices an adapter has, and whether products can be made in halves on it. */
import { requestError } from '../../base/errors.js';
import type { AdapterDescription } from './description.js';
import type { MatrixUnit } from './kernels/tiles.js';

/** The parts of a tile are made of whole instructions of at most this size. */
const largest = 16;

/** The instruction to use for products of f16 that are added in f32: the largest; `null`: there is none. */
export function matrixUnitOf({
  subgroupMatrices,
  subgroupSizes,
  features,
}: AdapterDescription): MatrixUnit | null {
  if (subgroupSizes === null || !features.includes('shader-f16')) return null;
  const [subgroup, most] = subgroupSizes;
  // A kernel's text depends on the size of a subgroup.
  if (subgroup !== most || ![8, 16, 32].includes(subgroup)) return null;
  const units = subgroupMatrices.flatMap((text): MatrixUnit[] => {
    const [, m, n, k] = (/^f16 x f16 -> f32, (\d+)x(\d+)x(\d+)$/.exec(text) ?? []).map(Number);
    const fits = [m, n, k].every((side) => side === 8 || side === largest);
    return fits ? [{ m, n, k, subgroup }] : [];
  });
  units.sort((a, b) => b.m * b.n * b.k - a.m * a.n * a.k || b.m - a.m);
  return units[0] ?? null;
}

/** @throws a request error where the adapter cannot make products in halves, with what it lacks */
export function requireMatrixUnit(adapter: AdapterDescription): MatrixUnit {
  const unit = matrixUnitOf(adapter);
  if (unit !== null) return unit;
  const { subgroupSizes, subgroupMatrices, features } = adapter;
  const has = [
    features.includes('shader-f16') ? 'shader-f16' : 'no shader-f16',
    subgroupMatrices.length > 0 ? `subgroup matrices ${subgroupMatrices.join('; ')}` : 'no subgroup matrices',
    subgroupSizes === null ? 'no subgroups' : `subgroups of ${[...new Set(subgroupSizes)].join(' to ')}`,
  ];
  throw requestError({
    what: 'this GPU, or its driver, cannot make products in halves',
    where: `--precision f16-products on ${adapter.name}`,
    rule: 'shader-f16, and subgroup matrices f16 x f16 -> f32 of 8 or 16 a side, with subgroups of one size: 8, 16 or 32',
    value: has.join(', '),
    advice: 'train in float32 (without --precision), or on another GPU: `ceteris doctor` lists what each has',
  });
}
