/** What a network's layers hold: trained parameters and running statistics, with PyTorch's names, shapes and order. */
import { definitionOf, type ParameterDefinition } from './definitions.js';
import type { Network } from './network.js';
import { layerShapes } from './shapes.js';

export type { InitialValue, ParameterDefinition } from './definitions.js';

export interface StatisticDefinition {
  readonly name: string;
  readonly elements: number;
  readonly initial: number;
}

/** The trained parameters, in the order of PyTorch's `parameters()`. */
export function parametersOf(network: Network): ParameterDefinition[] {
  const shapes = layerShapes(network);
  return network.layers.flatMap((layer, i) =>
    definitionOf(layer).parameters(layer, i === 0 ? network.input : shapes[i - 1], shapes[i]),
  );
}

/** The running statistics of the batch-norm layers, mean before variance. */
export function statisticsOf(network: Network): StatisticDefinition[] {
  const shapes = layerShapes(network);
  return network.layers.flatMap((layer, i) =>
    layer.type === 'batchNorm'
      ? [
          { name: `${layer.name}.running_mean`, elements: shapes[i].channels, initial: 0 },
          { name: `${layer.name}.running_var`, elements: shapes[i].channels, initial: 1 },
        ]
      : [],
  );
}

/** Number of trained values (3,309,476 for MobileNet at width 1 with 100 classes). */
export function countParameters(network: Network): number {
  return parametersOf(network).reduce((sum, parameter) => sum + parameter.elements, 0);
}
