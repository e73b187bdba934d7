/**
 * The Program: what `compile()` makes of a network, once. A flat list of kernel calls on named buffers with static
 * shapes, the gradient written out, fused, and with memory planned ahead. It is plain data: every backend turns the
 * same Program into a Step.
 *
 * Layout: activations are NHWC, that is matrices [rows = batch * height * width, channels]. Parameters keep PyTorch's
 * layouts (OIHW, [out, in]); a backend packs them as its kernels like.
 *
 * Fusion. Only raw outputs of convolutions, poolings and linear layers are stored. Normalization and activation are a
 * *view* of such a raw tensor, applied by every kernel that reads it:
 *
 *     value = act(scale[c] * raw + shift[c])          (InputView; z = scale * raw + shift)
 *
 * and the gradient of the loss by a raw tensor y is a view as well, of the stored dZ (gradient by z):
 *
 *     dY = a[c] * dZ + b[c] * y + c[c]                (GradientView)
 *
 * so that batch-norm costs no pass of its own in either direction. Padding is zero AFTER the activation.
 */

/** Index into `Program.buffers`. */
export type BufferId = number;

/** Rows of a batch-norm partial: partial statistics are per piece of 64 rows, added in float64 in fixed order. */
export const rowsPerPiece = 64;

export interface BufferSpec {
  readonly name: string;
  /** Elements per replica. */
  readonly elements: number;
  /** `real`: float32 (float64 in the float64 reference backend). */
  readonly type: 'real' | 'int32';
  /** `persistent` buffers keep their contents between steps; `step` buffers may share memory. */
  readonly lifetime: 'persistent' | 'step';
  /** Planned position in the arena of its lifetime, in elements; buffers whose lives do not overlap may overlap. */
  readonly offset: number;
}

/** How a kernel reads a stored raw tensor [rows, channels]: `act(scale * raw + shift)`. */
export interface InputView {
  readonly raw: BufferId;
  /** `[2, channels]`: scale, shift. `null`: scale 1, shift 0. */
  readonly affine: BufferId | null;
  /** Index into the network's activation slots; `null`: identity. */
  readonly slot: number | null;
}

/** How a kernel reads the gradient by a raw tensor: a * dz + b * raw + c. */
export interface GradientView {
  /** Gradient by the normalized value z, [rows, channels]. */
  readonly dz: BufferId;
  readonly raw: BufferId;
  /** `[3, channels]`: a, b, c. `null`: a 1, b 0, c 0. */
  readonly coefficients: BufferId | null;
}

export interface ConvolutionGeometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: number;
  readonly padding: number;
  readonly depthwise: boolean;
}

export interface PoolGeometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly channels: number;
  readonly size: number;
}

/** Windows of size x size, `stride` apart, without padding. */
export interface WindowGeometry extends PoolGeometry {
  readonly outHeight: number;
  readonly outWidth: number;
  readonly stride: number;
}

/** Crop, flip and normalize bytes of the batch's images into NHWC reals [batch, height, width, channels]. */
export interface GatherCall {
  readonly kernel: 'gather';
  readonly output: BufferId;
}

/** Dense (any kernel; 1x1 is a matrix product) or depthwise convolution. A linear layer is one too. */
export interface ConvolutionCall {
  readonly kernel: 'convolution';
  readonly geometry: ConvolutionGeometry;
  readonly input: InputView;
  /** Index into `Program.parameters`. */
  readonly weight: number;
  readonly output: BufferId;
  /** Per piece of 64 rows `[pieces, 2, channels]`: mean, sum of squared deviations from it. `null`: not wanted. */
  readonly statistics: BufferId | null;
}

/** Statistics of a batch -> affine [2, C], saved [2, C] (mean, 1/sqrt(var + eps)), running statistics updated. */
export interface BatchNormCall {
  readonly kernel: 'batchNorm';
  readonly rows: number;
  readonly channels: number;
  readonly statistics: BufferId;
  readonly gamma: number;
  readonly beta: number;
  /** Indices into `Program.statistics`. */
  readonly runningMean: number;
  readonly runningVariance: number;
  readonly affine: BufferId;
  readonly saved: BufferId;
  readonly epsilon: number;
  readonly momentum: number;
}

/** Running statistics -> affine [2, C]: evaluation mode. */
export interface BatchNormEvaluateCall {
  readonly kernel: 'batchNormEvaluate';
  readonly channels: number;
  readonly gamma: number;
  readonly beta: number;
  readonly runningMean: number;
  readonly runningVariance: number;
  readonly affine: BufferId;
  readonly epsilon: number;
}

/** bias -> affine [2, C]: scale 1, shift bias. */
export interface BiasCall {
  readonly kernel: 'bias';
  readonly channels: number;
  readonly bias: number;
  readonly affine: BufferId;
}

/** Average over windows of size x size: [batch, h, w, C] viewed -> raw [batch, h/size, w/size, C]. */
export interface AveragePoolCall {
  readonly kernel: 'averagePool';
  readonly geometry: PoolGeometry;
  readonly input: InputView;
  readonly output: BufferId;
}

/** Largest value of each window: [batch, h, w, C] viewed -> raw [batch, outHeight, outWidth, C]. NaN stays NaN. */
export interface MaxPoolCall {
  readonly kernel: 'maxPool';
  readonly geometry: WindowGeometry;
  readonly input: InputView;
  readonly output: BufferId;
}

/**
 * Softmax cross-entropy of logits `[batch, classes]` (viewed: the bias is in the affine). Writes per-example losses,
 * predictions (largest logit, lowest index on a tie) and, in training, dLogits = (softmax - onehot) / count.
 * Examples at and beyond the plan's count are masked: zero loss, zero gradient.
 */
export interface SoftmaxCrossEntropyCall {
  readonly kernel: 'softmaxCrossEntropy';
  readonly batch: number;
  readonly classes: number;
  readonly input: InputView;
  /** `[batch, classes]`, logits with bias. */
  readonly logits: BufferId;
  /** `[batch]`. */
  readonly losses: BufferId;
  /** `[batch]`, int32. */
  readonly predicted: BufferId;
  /** `[batch, classes]`; `null` in evaluation. */
  readonly gradient: BufferId | null;
}

/**
 * What follows a gradient by an activated value v = act(z): dz = dv * act'(z), stored, and its sums.
 * z is recomputed from the view.
 */
export interface GradientTarget {
  readonly view: InputView;
  readonly dz: BufferId;
  /**
   * Per piece of 64 rows `[pieces, 2, channels]`: sum of dz, sum of dz * (raw - mean[c]); the second only where `saved`
   * is given (else zeros). `null`: no sums wanted.
   */
  readonly sums: BufferId | null;
  /** `[2, C]`: batch mean, inverse standard deviation. `null` without batch-norm. */
  readonly saved: BufferId | null;
}

export interface ConvolutionInputGradientCall {
  readonly kernel: 'convolutionInputGradient';
  readonly geometry: ConvolutionGeometry;
  readonly gradient: GradientView;
  readonly weight: number;
  readonly target: GradientTarget;
}

/** Writes (not adds) the gradient of the weights into the gradient of parameter `weight`. */
export interface ConvolutionWeightGradientCall {
  readonly kernel: 'convolutionWeightGradient';
  readonly geometry: ConvolutionGeometry;
  readonly gradient: GradientView;
  readonly input: InputView;
  readonly weight: number;
}

export interface AveragePoolGradientCall {
  readonly kernel: 'averagePoolGradient';
  readonly geometry: PoolGeometry;
  readonly gradient: GradientView;
  readonly target: GradientTarget;
}

/** A window's gradient goes to its first largest value, row by row, as PyTorch has it; it is found again from the input. */
export interface MaxPoolGradientCall {
  readonly kernel: 'maxPoolGradient';
  readonly geometry: WindowGeometry;
  readonly input: InputView;
  readonly gradient: GradientView;
  readonly target: GradientTarget;
}

/** Sums -> gradients of gamma and beta, and the coefficients [3, C] of the GradientView. */
export interface BatchNormGradientCall {
  readonly kernel: 'batchNormGradient';
  readonly rows: number;
  readonly channels: number;
  readonly sums: BufferId;
  readonly saved: BufferId;
  readonly gamma: number;
  readonly beta: number;
  readonly coefficients: BufferId;
}

/** Sums -> gradient of a bias. */
export interface BiasGradientCall {
  readonly kernel: 'biasGradient';
  readonly rows: number;
  readonly channels: number;
  readonly sums: BufferId;
  readonly bias: number;
}

/** Column sums of a gradient [rows, channels] per piece of 64 rows -> [pieces, 2, channels] (second half zero). */
export interface ColumnSumsCall {
  readonly kernel: 'columnSums';
  readonly rows: number;
  readonly channels: number;
  readonly dz: BufferId;
  readonly sums: BufferId;
}

/** One pass of the optimizer over all parameters; hyperparameters come with each step, per replica. */
export interface UpdateCall {
  readonly kernel: 'update';
}

export type KernelCall =
  | GatherCall
  | ConvolutionCall
  | BatchNormCall
  | BatchNormEvaluateCall
  | BiasCall
  | AveragePoolCall
  | MaxPoolCall
  | SoftmaxCrossEntropyCall
  | ConvolutionInputGradientCall
  | ConvolutionWeightGradientCall
  | AveragePoolGradientCall
  | MaxPoolGradientCall
  | BatchNormGradientCall
  | BiasGradientCall
  | ColumnSumsCall
  | UpdateCall;

/** A trained tensor. All parameters of a replica lie in one flat array, at `offset` elements. */
export interface ParameterSpec {
  /** PyTorch's name: `layers.0.conv1.weight`. */
  readonly name: string;
  /** PyTorch's shape: OIHW, [out, in] or [C]. */
  readonly shape: readonly number[];
  readonly elements: number;
  readonly offset: number;
  /** Initial value: uniform in +-bound, or a constant. */
  readonly initial:
    | { readonly type: 'uniform'; readonly bound: number }
    | { readonly type: 'constant'; readonly value: number };
}

/** A running statistic (`bn1.running_mean`, `bn1.running_var`), [C], in one flat array per replica. */
export interface StatisticSpec {
  readonly name: string;
  readonly elements: number;
  readonly offset: number;
  readonly initial: number;
}

export interface Program {
  readonly network: import('../nn/network.js').Network;
  readonly batch: number;
  readonly replicas: number;
  readonly buffers: readonly BufferSpec[];
  /** Elements of the step arena and of the persistent arena, per replica (persistent) and once (step). */
  readonly arena: { readonly step: number; readonly persistent: number };
  readonly parameters: readonly ParameterSpec[];
  readonly parameterElements: number;
  readonly statistics: readonly StatisticSpec[];
  readonly statisticElements: number;
  readonly train: readonly KernelCall[];
  readonly evaluate: readonly KernelCall[];
  /** Losses, predictions, logits of the last call, for `metrics()`. */
  readonly outputs: { readonly losses: BufferId; readonly predicted: BufferId; readonly logits: BufferId };
}
