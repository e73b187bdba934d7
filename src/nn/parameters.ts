/** What a network's layers hold: trained parameters and running statistics, with PyTorch's names, shapes and order. */
import { definitionOf, type ParameterDefinition, type StatisticDefinition } from './definitions.js';
import type { Network } from './network.js';
import { layerShapes } from './shapes.js';

export type { InitialValue, ParameterDefinition } from './definitions.js';

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
