/** `compile()`: a network -> its Program. */
import { requestError } from '../base/errors.js';
import type { Network } from '../nn/network.js';
import { type ParameterDefinition, parametersOf, statisticsOf } from '../nn/parameters.js';
import { type BufferDraft, BufferTable } from './buffers.js';
import { forwardCalls, type NameIndex, type StageForward, stageForward } from './forward.js';
import { backwardCalls } from './gradients.js';
import { livesOf, placeFirstFit, placeInRow } from './memory.js';
import type {
  BufferSpec,
  InputView,
  KernelCall,
  ParameterSpec,
  Program,
  SoftmaxCrossEntropyCall,
  StatisticSpec,
} from './program.js';
import { lower } from './stages.js';

export interface CompileOptions {
  /** Examples per batch: the static shape; smaller batches are padded and masked. */
  readonly batch: number;
  /** Runs that train in lockstep, at least 1. */
  readonly replicas: number;
}

/**
 * Compiles a network: stages, forward and backward calls, memory plan. Pure: equal arguments give equal Programs.
 * No gradient is computed by the images.
 * @throws a request error where the layers do not fit together or the options are no sizes
 */
export function compile(network: Network, options: CompileOptions): Program {
  const { batch, replicas } = options;
  checkCount(batch, 'batch size');
  checkCount(replicas, 'number of replicas');
  const parameters = withOffsets(parametersOf(network));
  const statistics = withOffsets(statisticsOf(network));
  const index = nameIndex(parameters, statistics);
  const buffers = new BufferTable();

  const { height, width, channels } = network.input;
  const images = buffers.step('images', batch * height * width * channels);
  let view: InputView = { raw: images, affine: null, slot: null };
  const stages: StageForward[] = lower(network, batch).map((stage) => {
    const forward = stageForward(stage, view, buffers);
    view = forward.output;
    return forward;
  });
  const outputs = {
    losses: buffers.persistent('losses', batch),
    predicted: buffers.persistent('predicted', batch, 'int32'),
    logits: buffers.persistent('logits', batch * network.classes),
  };
  const dLogits = buffers.step('logits.dz', batch * network.classes);
  const loss: SoftmaxCrossEntropyCall = {
    kernel: 'softmaxCrossEntropy',
    batch,
    classes: network.classes,
    input: view,
    ...outputs,
    gradient: dLogits,
  };
  const forward = (mode: 'train' | 'evaluate'): KernelCall[] => [
    { kernel: 'gather', output: images },
    ...stages.flatMap((stage) => forwardCalls(stage, index, mode)),
  ];
  const train: KernelCall[] = [
    ...forward('train'),
    loss,
    ...backwardCalls(stages, dLogits, index, buffers),
    { kernel: 'update' },
  ];
  const evaluate: KernelCall[] = [...forward('evaluate'), { ...loss, gradient: null }];
  return {
    network,
    batch,
    replicas,
    ...planMemory(buffers.drafts, train, evaluate),
    parameters,
    parameterElements: totalElements(parameters),
    statistics,
    statisticElements: totalElements(statistics),
    train,
    evaluate,
    outputs,
  };
}

/** Training and evaluation share one step arena: they never run at the same time. */
function planMemory(
  drafts: readonly BufferDraft[],
  train: readonly KernelCall[],
  evaluate: readonly KernelCall[],
): Pick<Program, 'buffers' | 'arena'> {
  const lives = livesOf([train, evaluate], drafts.length);
  const sizes = (lifetime: BufferSpec['lifetime']) =>
    drafts.map((draft) => (draft.lifetime === lifetime ? draft.elements : 0));
  const step = placeFirstFit(sizes('step'), lives);
  const persistent = placeInRow(sizes('persistent'));
  const buffers = drafts.map((draft, id) => ({
    ...draft,
    offset: (draft.lifetime === 'step' ? step : persistent).offsets[id],
  }));
  return { buffers, arena: { step: step.size, persistent: persistent.size } };
}

/** Lays the tensors one after another in the flat array of a replica. */
function withOffsets(definitions: readonly ParameterDefinition[]): ParameterSpec[];
function withOffsets(definitions: ReturnType<typeof statisticsOf>): StatisticSpec[];
function withOffsets(definitions: readonly { readonly elements: number }[]): { offset: number }[] {
  let offset = 0;
  return definitions.map((definition) => {
    const spec = { ...definition, offset };
    offset += definition.elements;
    return spec;
  });
}

function totalElements(specs: readonly { readonly elements: number }[]): number {
  return specs.reduce((sum, spec) => sum + spec.elements, 0);
}

function nameIndex(parameters: readonly ParameterSpec[], statistics: readonly StatisticSpec[]): NameIndex {
  const find = (specs: readonly { readonly name: string }[]) => {
    const byName = new Map(specs.map((spec, i) => [spec.name, i]));
    if (byName.size !== specs.length) throw new Error('two layers of the network have one name');
    return (name: string) => {
      const i = byName.get(name);
      if (i === undefined) throw new Error(`the network has no tensor ${name}`);
      return i;
    };
  };
  return { parameter: find(parameters), statistic: find(statistics) };
}

function checkCount(value: number, name: string): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw requestError({
    what: `the ${name} is no count`,
    rule: 'a whole number, at least 1',
    value: String(value),
  });
}
