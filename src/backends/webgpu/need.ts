/** What a Program takes on a GPU: planned as for training, nothing allocated, Dawn not loaded. */
import { CeterisError } from '../../base/errors.js';
import type { Program } from '../../compile/program.js';
import type { DeviceNeed } from '../need.js';
import { type DeviceLimits, planWebgpu } from './plan.js';
import { blockSteps } from './stepData.js';

/** The buffers of the plan. What the host reads results through comes to it, and is small beside it. */
export function webgpuNeed(program: Program, limits: DeviceLimits): DeviceNeed {
  try {
    const { resources } = planWebgpu(program, { limits, slots: blockSteps });
    return { bytes: resources.reduce((sum, { bytes }) => sum + bytes, 0), refusal: null };
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    return { bytes: Number.POSITIVE_INFINITY, refusal: error.message };
  }
}
