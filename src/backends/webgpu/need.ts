/** What a Program takes on a GPU: planned as for training, nothing allocated, Dawn not loaded. */
import { CeterisError } from '../../base/errors.js';
import type { Program } from '../../compile/program.js';
import type { DeviceNeed } from '../need.js';
import { fastKernels } from './families.js';
import { planBytes } from './memory.js';
import { type DeviceLimits, type PlanOptions, planWebgpu } from './plan.js';
import type { GpuPrecision } from './precision.js';
import { blockSteps } from './stepData.js';
import { fixedTiles } from './tileChoice.js';

/** Subgroup matrices as an H200 has them. They have no part in what a plan takes. */
const unit = { m: 16, n: 16, k: 16, subgroup: 32 };

/** Options of a plan in a precision, without any device: with the tiles that are taken without tuning. */
export function untuned(precision: GpuPrecision): Pick<PlanOptions, 'convolutions' | 'inHalves'> {
  const inHalves = precision === 'f16-products';
  return { convolutions: fastKernels(fixedTiles(inHalves ? unit : null)), inHalves };
}

/** What a Step of it takes beside the dataset, to the byte. */
export function webgpuNeed(
  program: Program,
  limits: DeviceLimits,
  precision: GpuPrecision = 'f32',
): DeviceNeed {
  try {
    const plan = planWebgpu(program, { limits, slots: blockSteps, ...untuned(precision) });
    return { bytes: planBytes(plan), refusal: null };
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    return { bytes: Number.POSITIVE_INFINITY, refusal: error.message };
  }
}
