/**
 * Lowering: layers -> stages. A stage is one linear operation, its normalization, and its activation; only the
 * operation's raw output is stored, the rest is a view of it.
 */
import { requestError } from '../base/errors.js';
import type { Layer, Network } from '../nn/network.js';
import { layerShapes } from '../nn/shapes.js';
import { type Ends, type Operation, type OperationLayer, operationOf } from './operations.js';

export type Normalization =
  | { readonly type: 'none' }
  | { readonly type: 'bias'; readonly bias: string }
  | {
      readonly type: 'batchNorm';
      readonly name: string;
      readonly epsilon: number;
      readonly momentum: number;
    };

export interface Stage {
  /** The operation's layer, for buffer names. */
  readonly name: string;
  readonly operation: Operation;
  /** batch * height * width of the output. */
  readonly rows: number;
  readonly channels: number;
  readonly normalization: Normalization;
  readonly slot: number | null;
}

/**
 * Stages of a network, in order; the last one makes the logits.
 * @throws a request error where the layers do not come as operation, then (batch-norm), then (activation), or where
 * the last stage does not make one logit per class
 */
export function lower(network: Network, batch: number): Stage[] {
  const shapes = layerShapes(network);
  const stages: Stage[] = [];
  network.layers.forEach((layer, i) => {
    const where = `${network.name}, layer ${i} (${layer.type})`;
    if (layer.type === 'batchNorm' || layer.type === 'activation') {
      const last = stages.pop();
      stages.push(attach(layer, last, where));
      return;
    }
    const input = i === 0 ? network.input : shapes[i - 1];
    stages.push(startStage(layer, { input, output: shapes[i], batch }, i));
  });
  checkLast(network, stages.at(-1), batch);
  return stages;
}

function startStage(layer: OperationLayer, ends: Ends, index: number): Stage {
  const { output, batch } = ends;
  const hasName = layer.type === 'convolution' || layer.type === 'linear';
  const hasBias = layer.type === 'linear' || (layer.type === 'convolution' && layer.bias);
  return {
    name: hasName ? layer.name : `pool${index}`,
    operation: operationOf(layer, ends),
    rows: batch * output.height * output.width,
    channels: output.channels,
    normalization: hasName && hasBias ? { type: 'bias', bias: `${layer.name}.bias` } : { type: 'none' },
    slot: null,
  };
}

function attach(
  layer: Extract<Layer, { type: 'batchNorm' | 'activation' }>,
  stage: Stage | undefined,
  where: string,
): Stage {
  if (stage === undefined || stage.slot !== null) {
    throw requestError({
      what: `the network has a ${layer.type} that no operation comes before`,
      where,
      rule: 'layers come as convolution, linear or pooling, then batchNorm, then activation',
    });
  }
  if (layer.type === 'activation') return { ...stage, slot: layer.slot };
  if (stage.operation.type !== 'convolution' || stage.normalization.type !== 'none') {
    throw requestError({
      what: 'a batch-norm follows something else than a convolution without bias',
      where,
      rule: 'batchNorm stands right after a convolution whose bias is false',
    });
  }
  const { name, epsilon, momentum } = layer;
  return { ...stage, normalization: { type: 'batchNorm', name, epsilon, momentum } };
}

function checkLast(network: Network, stage: Stage | undefined, batch: number): void {
  const fits =
    stage !== undefined &&
    stage.operation.type === 'convolution' &&
    stage.normalization.type !== 'batchNorm' &&
    stage.slot === null &&
    stage.rows === batch &&
    stage.channels === network.classes;
  if (fits) return;
  throw requestError({
    what: "the network's last layer makes no logits",
    where: network.name,
    rule: `it ends with a linear layer (or a 1x1 map of a convolution) of ${network.classes} classes, no activation`,
  });
}
