/** What a planned Program takes on a device beside the dataset: each buffer that engine.ts, blocks.ts and readBack.ts make. */
import type { WebgpuPlan } from './plan.js';
import { blockCount } from './stepData.js';

/** No buffer is smaller. */
const least = 16;
const uniformAlignment = 256;

/** Bytes of the uniforms of one dispatch, in the buffer of all. */
export const uniformBytes = (uniforms: Uint32Array): number =>
  Math.ceil(uniforms.byteLength / uniformAlignment) * uniformAlignment;

/** Bytes of a buffer that is to hold so many. */
export const bufferBytes = (bytes: number): number => Math.max(least, bytes);

/** Bytes through which the host reads the results of one block of steps. */
export const blockBytes = ({ results }: WebgpuPlan): number =>
  bufferBytes(4 * results.slots * (results.head + results.logits));

/** Bytes through which the host reads an array: parameters, statistics, sums of squares. */
export const readBackBytes = ({ program, blockTable }: WebgpuPlan): number =>
  bufferBytes(4 * Math.max(program.parameterElements, program.statisticElements, blockTable.length / 6));

/** All of it. */
export function planBytes(plan: WebgpuPlan): number {
  const buffers = plan.resources.reduce((sum, { bytes }) => sum + bufferBytes(bytes), 0);
  const units = [...plan.train, ...plan.evaluate].flatMap(({ dispatches }) => dispatches);
  const uniforms = [...units, ...plan.gradientSums].reduce(
    (sum, dispatch) => sum + uniformBytes(dispatch.uniforms),
    0,
  );
  return buffers + uniforms + blockCount * blockBytes(plan) + readBackBytes(plan);
}
