/**
 * What this side and the kernels (assembly/) agree on, written once: the emitter lays argument blocks out by it, and
 * scripts/kernels.mjs makes the kernels' classes, dispatch and codes from it (`node scripts/kernels.mjs --abi` prints them).
 */
import { activationNames } from '../../nn/network.js';
import { optimizerNames } from '../../optim/optimizer.js';

/** Words of 4 bytes. A block's name: the address of such a block. */
export type FieldType = 'i32' | 'u32' | 'usize' | 'f32' | BlockName;

/** Blocks that arguments point to. Addresses are 0 where something is absent. */
export const blocks = {
  Geometry: {
    batch: 'i32',
    inHeight: 'i32',
    inWidth: 'i32',
    inChannels: 'i32',
    outHeight: 'i32',
    outWidth: 'i32',
    outChannels: 'i32',
    kernelHeight: 'i32',
    kernelWidth: 'i32',
    stride: 'i32',
    padding: 'i32',
  },
  /** How a stored tensor is read: act(scale * raw + shift). `code`: address of the activation's code. */
  View: { raw: 'usize', affine: 'usize', code: 'usize' },
  /** How a gradient is read: a * dz + b * raw + c. */
  GradView: { dz: 'usize', raw: 'usize', coefficients: 'usize' },
  /** The end of an input gradient: dv -> dz = dv * act'(z) and its sums. */
  Target: { raw: 'usize', affine: 'usize', code: 'usize', dz: 'usize', sums: 'usize', saved: 'usize' },
  /** What a kernel of one thread works in: bytes of each thread, and of the first part. No result depends on `tile`. */
  Room: { base: 'usize', size: 'usize', first: 'usize', tile: 'u32' },
  /** Hyperparameters of a step. `fresh`: 1 - dampening; Adam's rate and scale with their bias corrections. */
  Hyper: {
    optimizer: 'i32',
    firstStep: 'i32',
    nesterov: 'i32',
    learningRate: 'f32',
    momentum: 'f32',
    fresh: 'f32',
    weightDecay: 'f32',
    beta1: 'f32',
    beta2: 'f32',
    epsilon: 'f32',
    adamRate: 'f32',
    adamScale: 'f32',
  },
  /** One entry of a list. `grain`: units that a thread takes at once. */
  Call: { kernel: 'i32', args: 'usize', units: 'i32', grain: 'i32' },
} as const;

export type BlockName = keyof typeof blocks;

const pool = {
  batch: 'i32',
  inHeight: 'i32',
  inWidth: 'i32',
  channels: 'i32',
  size: 'i32',
} as const;

const windows = { ...pool, outHeight: 'i32', outWidth: 'i32', stride: 'i32' } as const;

const product = { rows: 'i32', columns: 'i32', splits: 'i32', room: 'Room' } as const;

const batchNorm = {
  rows: 'i32',
  channels: 'i32',
  statistics: 'usize',
  gamma: 'usize',
  beta: 'usize',
  runningMean: 'usize',
  runningVariance: 'usize',
  affine: 'usize',
  saved: 'usize',
  epsilon: 'f32',
  momentum: 'f32',
} as const;

/**
 * The kernels: the file of assembly/ that has the function of this name, and its arguments (class `NameArgs` there).
 * A kernel's number in a list is its place here.
 */
export const kernels = {
  /** `transposed`: columns are input channels and the inner index goes over outputs, for input gradients. */
  packWeights: {
    file: 'panels',
    args: {
      weight: 'usize',
      panels: 'usize',
      outChannels: 'i32',
      inChannels: 'i32',
      taps: 'i32',
      transposed: 'i32',
    },
  },
  /** `columns`: of a unit, whole panels; `splits`: units per block of rows. */
  denseForward: {
    file: 'dense',
    args: {
      geometry: 'Geometry',
      view: 'View',
      panels: 'usize',
      output: 'usize',
      statistics: 'usize',
      ...product,
    },
  },
  denseInputGradient: {
    file: 'dense',
    args: { geometry: 'Geometry', view: 'GradView', panels: 'usize', target: 'Target', ...product },
  },
  /** Accumulators: [pieces][panels of K][O, up to fours][PANEL]. `chunk`: rows packed at a time; no result depends on it. */
  denseWeightGradient: {
    file: 'weightGradient',
    args: {
      geometry: 'Geometry',
      gradient: 'GradView',
      view: 'View',
      accumulators: 'usize',
      pieceRows: 'i32',
      chunk: 'i32',
      ...product,
    },
  },
  /** Both gradients of a pointwise convolution; addresses of the arguments of either. */
  denseBackward: { file: 'backward', args: { weight: 'usize', input: 'usize' } },
  reduceWeightGradient: {
    file: 'weightGradient',
    args: {
      accumulators: 'usize',
      gradient: 'usize',
      outChannels: 'i32',
      inChannels: 'i32',
      taps: 'i32',
      pieces: 'i32',
    },
  },
  /** `group`: images per unit. */
  depthwiseForward: {
    file: 'depthwise',
    args: {
      geometry: 'Geometry',
      view: 'View',
      weight: 'usize',
      output: 'usize',
      statistics: 'usize',
      group: 'i32',
      room: 'Room',
    },
  },
  /** `target` 0: no gradient by the input is wanted. Partials: [units, channels / DEEP, taps, DEEP]. */
  depthwiseBackward: {
    file: 'depthwise',
    args: {
      geometry: 'Geometry',
      view: 'View',
      gradient: 'GradView',
      weight: 'usize',
      target: 'Target',
      partials: 'usize',
      group: 'i32',
      room: 'Room',
    },
  },
  reduceDepthwise: {
    file: 'depthwise',
    args: { partials: 'usize', gradient: 'usize', channels: 'i32', taps: 'i32', units: 'i32' },
  },
  batchNorm: { file: 'norm', args: batchNorm },
  batchNormEvaluate: {
    file: 'norm',
    args: {
      channels: 'i32',
      gamma: 'usize',
      beta: 'usize',
      runningMean: 'usize',
      runningVariance: 'usize',
      affine: 'usize',
      epsilon: 'f32',
    },
  },
  batchNormGradient: {
    file: 'norm',
    args: {
      rows: 'i32',
      channels: 'i32',
      sums: 'usize',
      saved: 'usize',
      gamma: 'usize',
      gammaGradient: 'usize',
      betaGradient: 'usize',
      coefficients: 'usize',
    },
  },
  bias: { file: 'norm', args: { channels: 'i32', bias: 'usize', affine: 'usize' } },
  biasGradient: { file: 'norm', args: { rows: 'i32', channels: 'i32', sums: 'usize', gradient: 'usize' } },
  columnSums: { file: 'norm', args: { rows: 'i32', channels: 'i32', dz: 'usize', sums: 'usize' } },
  averagePool: { file: 'pool', args: { ...pool, view: 'View', output: 'usize' } },
  /** `group`: images per unit. */
  averagePoolGradient: {
    file: 'pool',
    args: { ...pool, gradient: 'GradView', target: 'Target', group: 'i32', room: 'Room' },
  },
  maxPool: { file: 'pool', args: { ...windows, view: 'View', output: 'usize' } },
  maxPoolGradient: {
    file: 'pool',
    args: { ...windows, view: 'View', gradient: 'GradView', target: 'Target', group: 'i32', room: 'Room' },
  },
  /** `count`: address of the batch's count. */
  softmaxCrossEntropy: {
    file: 'small',
    args: {
      classes: 'i32',
      count: 'usize',
      labels: 'usize',
      view: 'View',
      logits: 'usize',
      losses: 'usize',
      predicted: 'usize',
      gradient: 'usize',
    },
  },
  /** `bytes`: the batch's images, planar; `draws`: int32 [batch, 3], shift in rows, in columns, flip; `table`: [channels, 256]. */
  gather: {
    file: 'small',
    args: {
      channels: 'i32',
      height: 'i32',
      width: 'i32',
      count: 'usize',
      bytes: 'usize',
      draws: 'usize',
      table: 'usize',
      output: 'usize',
    },
  },
  update: {
    file: 'small',
    args: {
      elements: 'i32',
      parameters: 'usize',
      gradients: 'usize',
      first: 'usize',
      second: 'usize',
      hyper: 'Hyper',
    },
  },
} as const satisfies Readonly<Record<string, Kernel>>;

interface Kernel {
  readonly file: string;
  readonly args: Readonly<Record<string, FieldType>>;
}

export type KernelName = keyof typeof kernels;

/** Numbers for a block's fields: addresses of other blocks, integers, reals. */
export type Values<Fields> = { readonly [F in keyof Fields]: number };

export const kernelNames = Object.keys(kernels) as readonly KernelName[];

/** Names -> constants of the kernels: `ACTIVATION_LEAKY_RELU`. */
export const codes = { activation: activationNames, optimizer: optimizerNames } as const;

export function codeOf(kind: 'activation' | 'optimizer', name: string): number {
  return (codes[kind] as readonly string[]).indexOf(name);
}

/** Constants that both sides know. */
export const constants = {
  /** Rows of packed A, and of a piece of the statistics. */
  BLOCK: 64,
  /** Elements of a unit of the update. */
  UPDATE_CHUNK: 4096,
  /** Channels of a unit of the normalization's ends. */
  NORM_GROUP: 4,
  /** Bits of a call's number of shares, in a ticket of the team. */
  UNIT_BITS: 18,
  /** Bytes from the team's block to the count of units that are done, and to how often to look before going to sleep. */
  TEAM_DONE: 64,
  TEAM_PATIENCE: 260,
  /** What a helper that trapped leaves as the count, above every number of units. */
  TEAM_BROKEN: 2 ** 30,
} as const;
