/** What a training step costs on a GPU, counted from the Program: dispatches, bytes, operations. Needs no GPU. */

import { explainStep, type StepCost } from '../backends/webgpu/explain.js';
import { planBytes } from '../backends/webgpu/memory.js';
import { untuned } from '../backends/webgpu/need.js';
import { planWebgpu } from '../backends/webgpu/plan.js';
import type { GpuPrecision } from '../backends/webgpu/precision.js';
import { blockSteps } from '../backends/webgpu/stepData.js';
import { compile } from '../compile/compile.js';
import { buildNetwork, type NetworkConfig } from '../nn/build.js';

export interface ExplainOptions {
  readonly network: NetworkConfig;
  readonly batch: number;
  /** Runs in lockstep. */
  readonly replicas: number;
  /** Default: f32. f16-products with the tiles of an adapter whose subgroup matrices are 16x16x16. */
  readonly precision?: GpuPrecision | undefined;
}

export interface ExplainResult extends ExplainOptions {
  readonly train: StepCost;
  readonly evaluate: StepCost;
  /** Of all buffers, the dataset left out. */
  readonly memoryBytes: number;
}

/** On images of 32 x 32 of 100 classes, with the tiles that are taken without tuning and no limit of any device. */
export function explainSteps(options: ExplainOptions): ExplainResult {
  const { network, batch, replicas, precision = 'f32' } = options;
  const ends = { height: 32, width: 32, channels: 3, classes: 100 };
  const program = compile(buildNetwork(network, ends), { batch, replicas });
  const limits = { maxStorageBufferBindingSize: 2 ** 52, maxBufferSize: 2 ** 52 };
  const plan = planWebgpu(program, { limits, slots: blockSteps, ...untuned(precision) });
  return {
    network,
    batch,
    replicas,
    precision,
    train: explainStep(plan, 'train'),
    evaluate: explainStep(plan, 'evaluate'),
    memoryBytes: planBytes(plan),
  };
}
