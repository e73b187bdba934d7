/** A network as plain data: a list of layers, applied one after another. */

export const activationNames = [
  'identity',
  'relu',
  'sigmoid',
  'tanh',
  'leakyRelu',
  'elu',
  'gelu',
  'silu',
  'hardSwish',
] as const;

/** relu, sigmoid, tanh, leakyRelu (slope 0.01), elu (alpha 1), gelu (exact, erf), silu, hardSwish, as PyTorch has them. */
export type ActivationName = (typeof activationNames)[number];

/** 2-D convolution; weights OIHW as PyTorch. `depthwise`: one filter per channel, weights [C, 1, k, k]. */
export interface ConvolutionLayer {
  readonly type: 'convolution';
  /** PyTorch's name of the module: `layers.0.conv1`. */
  readonly name: string;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly depthwise: boolean;
  readonly bias: boolean;
}

export interface BatchNormLayer {
  readonly type: 'batchNorm';
  readonly name: string;
  readonly epsilon: number;
  /** Weight of the new batch in the running statistics (PyTorch's convention, 0.1). */
  readonly momentum: number;
}

/** An activation; which one is a per-replica choice made for its slot (see `Network.activationSlots`). */
export interface ActivationLayer {
  readonly type: 'activation';
  readonly slot: number;
}

export interface AveragePoolLayer {
  readonly type: 'averagePool';
  /** Window and stride; it must divide height and width. */
  readonly size: number;
}

/** PyTorch's `MaxPool2d` without padding; rows and columns at the end that fill no window are left out. */
export interface MaxPoolLayer {
  readonly type: 'maxPool';
  readonly size: number;
  readonly stride: number;
}

/**
 * Fully connected; weights [out, in] as PyTorch's `Linear`. On a feature map it stands for flatten (in PyTorch's
 * channel-first order) and linear: the same as a convolution whose kernel covers the map.
 */
export interface LinearLayer {
  readonly type: 'linear';
  readonly name: string;
  readonly outFeatures: number;
}

export type Layer =
  | ConvolutionLayer
  | BatchNormLayer
  | ActivationLayer
  | AveragePoolLayer
  | MaxPoolLayer
  | LinearLayer;

export interface ActivationSlot {
  /** `stem`, or the block's index counted from 0 as the study file counts it. */
  readonly block: 'stem' | number;
}

/** Layers in order, from images [height, width, channels] to `classes` logits. */
export interface Network {
  readonly name: string;
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  readonly classes: number;
  readonly layers: readonly Layer[];
  /** Slot i is what `ActivationLayer.slot === i` refers to. Several layers may share one (both of a block). */
  readonly activationSlots: readonly ActivationSlot[];
  /** Number of blocks a study file can name (13 for MobileNet). */
  readonly blocks: number;
}
