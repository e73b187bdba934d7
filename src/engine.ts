/**
 * The engine, for programs that train networks without a study: a network as plain data is compiled, once, to a Program;
 * a backend makes a Step of it; whoever calls `train` and `evaluate` decides what is trained on.
 *
 * @module ceteris/engine
 */

export {
  type BackendChoice,
  openStep,
  type ReferenceChoice,
  type WasmChoice,
  type WebgpuChoice,
} from './backends/node/openStep.js';
export type { Precision } from './backends/reference/memory.js';
export type { KernelName } from './backends/wasm/abi.js';
export type { Variant } from './backends/wasm/node/variants.js';
export type { MeasuredCall, MeasuredStep } from './backends/wasm/step.js';
export type { AdapterRequest } from './backends/webgpu/choose.js';
export type { DeviceLimits } from './backends/webgpu/plan.js';
export type { GpuPrecision } from './backends/webgpu/precision.js';
export { type CompileOptions, compile } from './compile/compile.js';
export { initialState } from './compile/initial.js';
export type {
  AveragePoolCall,
  AveragePoolGradientCall,
  BatchNormCall,
  BatchNormEvaluateCall,
  BatchNormGradientCall,
  BiasCall,
  BiasGradientCall,
  BufferId,
  BufferSpec,
  ColumnSumsCall,
  ConvolutionCall,
  ConvolutionGeometry,
  ConvolutionInputGradientCall,
  ConvolutionWeightGradientCall,
  GatherCall,
  GradientTarget,
  GradientView,
  InputView,
  KernelCall,
  MaxPoolCall,
  MaxPoolGradientCall,
  ParameterSpec,
  PoolGeometry,
  Program,
  SoftmaxCrossEntropyCall,
  StatisticSpec,
  UpdateCall,
  WindowGeometry,
} from './compile/program.js';
export type {
  BackendDescription,
  BatchPlan,
  EvaluateOptions,
  PixelSource,
  ReplicaMetrics,
  ReplicaPlan,
  ReplicaState,
  Step,
  StepHyper,
} from './compile/step.js';
export {
  type Augmentation,
  type AugmentDraws,
  type BatchArrays,
  createBatchArrays,
  epochOrder,
  planEvaluationBatch,
  planTrainBatch,
  stepsPerEpoch,
} from './data/batches.js';
export type {
  Cifar10Config,
  Cifar100Config,
  DatasetConfig,
  SyntheticConfig,
  SyntheticOptions,
} from './data/config.js';
export type { DataProgress, Dataset } from './data/dataset.js';
export { type LoadOptions, loadDataset } from './data/node/load.js';
export { nodeControl } from './launch/control.js';
export { type PreparedSplits, prepareSplits } from './launch/prepare.js';
export { type ActivationSpec, activationsFor } from './nn/activations.js';
export { buildNetwork, type NetworkConfig, type NetworkEnds } from './nn/build.js';
export type { Pooling } from './nn/cnn.js';
export type {
  ActivationLayer,
  ActivationName,
  ActivationSlot,
  AveragePoolLayer,
  BatchNormLayer,
  ConvolutionLayer,
  Layer,
  LinearLayer,
  MaxPoolLayer,
  Network,
} from './nn/network.js';
export type { OptimizerName } from './optim/optimizer.js';
export type { CalibrationRecord, MetricsRow } from './store/records.js';
export {
  readSafetensors,
  type SafetensorsFile,
  type Tensor,
  type TensorValues,
  writeSafetensors,
} from './store/safetensors.js';
export { fromStateDict, type NamedShape, type StoredState, toStateDict } from './store/weights.js';
export type {
  ActivationValue,
  CommandConfiguration,
  DatasetConfiguration,
  DatasetLimit,
  LevelValue,
  NetworkConfiguration,
  OptimizerConfiguration,
  RunConfiguration,
  RunSeed,
  ScheduleValue,
  TrainingConfiguration,
} from './study/types.js';
export {
  type CheckpointEvent,
  type DivergedEvent,
  type EndEvent,
  type EndedEvent,
  type EpochEvent,
  type Outcome,
  type Prediction,
  type ProgressEvent,
  type StepsEvent,
  startPosition,
  type TrainEvent,
  type TrainPosition,
} from './train/events.js';
export type { ReplicaTask, Seats, TrainControl, TrainGroup, TrainSplits } from './train/group.js';
export { trainGroup } from './train/trainGroup.js';
