/**
 * The operations, in one table: how a layer is lowered to one, its call forward, and its rule of the gradient. A new layer is
 * one entry here.
 */
import type { ConvolutionLayer, Layer, LinearLayer } from '../nn/network.js';
import type { MapShape } from '../nn/shapes.js';
import type {
  BufferId,
  ConvolutionGeometry,
  GradientTarget,
  GradientView,
  InputView,
  KernelCall,
  PoolGeometry,
  WindowGeometry,
} from './program.js';

export interface ConvolutionOperation {
  readonly type: 'convolution';
  readonly geometry: ConvolutionGeometry;
  /** Name of the weight. */
  readonly weight: string;
}

export interface PoolOperation<T extends string, G extends PoolGeometry> {
  readonly type: T;
  readonly geometry: G;
}

export type Operation =
  | ConvolutionOperation
  | PoolOperation<'averagePool', PoolGeometry>
  | PoolOperation<'maxPool', WindowGeometry>;

/** What an operation reads and writes going forward. */
export interface ForwardContext {
  readonly input: InputView;
  readonly output: BufferId;
  /** Wanted in training where a batch-norm follows. */
  readonly statistics: BufferId | null;
  /** Index of a parameter by its name. */
  readonly parameter: (name: string) => number;
}

/** What there is going back. */
export interface BackwardContext extends Pick<ForwardContext, 'input' | 'parameter'> {
  /** The gradient by the operation's raw output. */
  readonly gradient: GradientView;
  /** `null`: nothing before this operation is trained. */
  readonly target: GradientTarget | null;
}

/** raw = operation(input, weight). */
interface OperationRules<O extends Operation> {
  forward(operation: O, context: ForwardContext): KernelCall;
  /** Gradients of the weight, and of what the input's view came from. */
  backward(operation: O, context: BackwardContext): KernelCall[];
}

const rules: { readonly [T in Operation['type']]: OperationRules<Extract<Operation, { type: T }>> } = {
  convolution: {
    forward: ({ geometry, weight }, { input, output, statistics, parameter }) => ({
      kernel: 'convolution',
      geometry,
      input,
      weight: parameter(weight),
      output,
      statistics,
    }),
    backward({ geometry, weight: name }, { input, gradient, target, parameter }) {
      const weight = parameter(name);
      const calls: KernelCall[] = [
        { kernel: 'convolutionWeightGradient', geometry, gradient, input, weight },
      ];
      if (target !== null)
        calls.push({ kernel: 'convolutionInputGradient', geometry, gradient, weight, target });
      return calls;
    },
  },

  averagePool: {
    forward: ({ geometry }, { input, output }) => ({ kernel: 'averagePool', geometry, input, output }),
    backward: ({ geometry }, { gradient, target }) =>
      target === null ? [] : [{ kernel: 'averagePoolGradient', geometry, gradient, target }],
  },

  maxPool: {
    forward: ({ geometry }, { input, output }) => ({ kernel: 'maxPool', geometry, input, output }),
    backward: ({ geometry }, { input, gradient, target }) =>
      target === null ? [] : [{ kernel: 'maxPoolGradient', geometry, input, gradient, target }],
  },
};

/** Layers that begin a stage; the others attach themselves to one. */
export type OperationLayer = Exclude<Layer, { type: 'batchNorm' | 'activation' }>;

/** What a layer stands between. */
export interface Ends {
  readonly input: MapShape;
  readonly output: MapShape;
  readonly batch: number;
}

const lowering: {
  readonly [T in OperationLayer['type']]: (layer: Extract<Layer, { type: T }>, ends: Ends) => Operation;
} = {
  convolution: lowerConvolution,
  linear: lowerConvolution,
  averagePool: ({ size }, ends) => ({ type: 'averagePool', geometry: poolGeometry(size, ends) }),
  maxPool: ({ size, stride }, ends) => {
    const { height: outHeight, width: outWidth } = ends.output;
    return { type: 'maxPool', geometry: { ...poolGeometry(size, ends), outHeight, outWidth, stride } };
  },
};

export function operationOf(layer: OperationLayer, ends: Ends): Operation {
  return (lowering[layer.type] as (layer: OperationLayer, ends: Ends) => Operation)(layer, ends);
}

export function forwardCall(operation: Operation, context: ForwardContext): KernelCall {
  return (rules[operation.type] as OperationRules<Operation>).forward(operation, context);
}

export function backwardCallsOf(operation: Operation, context: BackwardContext): KernelCall[] {
  return (rules[operation.type] as OperationRules<Operation>).backward(operation, context);
}

function poolGeometry(size: number, { input, batch }: Ends): PoolGeometry {
  return { batch, inHeight: input.height, inWidth: input.width, channels: input.channels, size };
}

function lowerConvolution(layer: ConvolutionLayer | LinearLayer, ends: Ends): ConvolutionOperation {
  return { type: 'convolution', geometry: convolutionGeometry(layer, ends), weight: `${layer.name}.weight` };
}

/** A linear layer on a feature map is a convolution that covers the map: PyTorch's flatten order is OIHW's. */
function convolutionGeometry(layer: ConvolutionLayer | LinearLayer, ends: Ends): ConvolutionGeometry {
  const { input, output, batch } = ends;
  const kernel =
    layer.type === 'linear'
      ? { kernelHeight: input.height, kernelWidth: input.width, stride: 1, padding: 0, depthwise: false }
      : {
          kernelHeight: layer.kernel,
          kernelWidth: layer.kernel,
          stride: layer.stride,
          padding: layer.padding,
          depthwise: layer.depthwise,
        };
  return {
    batch,
    inHeight: input.height,
    inWidth: input.width,
    inChannels: input.channels,
    outHeight: output.height,
    outWidth: output.width,
    outChannels: output.channels,
    ...kernel,
  };
}
