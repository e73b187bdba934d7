/**
 * A Program on a WebGPU device, planned: every buffer and its size, every dispatch of a training step and of an
 * evaluation. Plain data; nothing of the device but its limits has a part in it.
 */
import { workError } from '../../base/errors.js';
import type { BufferId, Program } from '../../compile/program.js';
import { type BufferPlace, type CallGroups, placeBuffers, vectorLayout } from './bufferLayout.js';
import { type DispatchContext, dispatchesOf } from './dispatches.js';
import { type ConvolutionKernels, fastKernels } from './families.js';
import type { Dispatch } from './kernel.js';
import { dataParts } from './kernels/gather.js';
import { type BlockRun, blockTable, gradientSums } from './kernels/update.js';
import { PartialRooms } from './partials.js';
import { codeStride, none, type Places } from './places.js';
import type { NamedResources, Resource, ResourceSpec } from './resources.js';
import { type ResultLayout, resultLayout } from './results.js';
import { blockCount, type StepLayout, stepLayout } from './stepData.js';
import { fixedTiles } from './tileChoice.js';
import { type CallGroup, groupCalls } from './units.js';

/** Calls of the Program and the dispatches that do them. */
export interface Unit {
  readonly calls: CallGroup;
  readonly dispatches: readonly Dispatch<Resource>[];
}

export interface DeviceLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
}

export interface PlanOptions {
  readonly limits: DeviceLimits;
  /** Steps of one submission, at most. */
  readonly slots: number;
  readonly convolutions?: ConvolutionKernels;
  /** Whether products are made in halves where they can be (bounds.ts): the tiles of `convolutions` know how. Default: none. */
  readonly inHalves?: boolean;
}

export interface WebgpuPlan {
  readonly program: Program;
  readonly resources: readonly ResourceSpec[];
  readonly named: NamedResources;
  readonly train: readonly Unit[];
  readonly evaluate: readonly Unit[];
  /** Gradients of one replica from the partial sums, on request. */
  readonly gradientSums: readonly Dispatch<Resource>[];
  readonly step: StepLayout;
  readonly results: ResultLayout;
  /** Elements of a replica in parameters and moments. */
  readonly parameterStride: number;
  /** Elements of a replica in `vectors`, and where each vector begins; -1: a buffer of its own. */
  readonly vectorStride: number;
  readonly vectorOffsets: readonly number[];
  /** Where a replica's running statistics begin in its vectors. */
  readonly statisticsOffset: number;
  /** By buffer of the Program; null: a vector, an output, or unused. */
  readonly bufferPlaces: readonly (BufferPlace | null)[];
  readonly blockTable: Uint32Array<ArrayBuffer>;
  /** First block of the table and number of blocks of each parameter. */
  readonly blocks: readonly { readonly first: number; readonly count: number }[];
  readonly partials: PartialRooms;
  /** Images in each part of the dataset. */
  readonly partImages: number;
}

/** @throws a work error where a buffer is larger than the device allows */
export function planWebgpu(program: Program, options: PlanOptions): WebgpuPlan {
  const groups = { train: groupCalls(program.train), evaluate: groupCalls(program.evaluate) };
  const partials = new PartialRooms(program, options.limits, groups.train);
  // Once to learn what partial sums there are, once more with their places.
  buildPlan(program, options, groups, partials);
  partials.close();
  const plan = buildPlan(program, options, groups, partials);
  checkLimits(plan, options.limits);
  return plan;
}

/** Asks the kernels of `convolutions` for every dispatch, and leaves out what becomes of them: what they are asked for is seen. */
export function askKernels(program: Program, options: PlanOptions): void {
  const groups = { train: groupCalls(program.train), evaluate: groupCalls(program.evaluate) };
  buildPlan(program, options, groups, new PartialRooms(program, options.limits, groups.train));
}

function buildPlan(
  program: Program,
  options: PlanOptions,
  groups: CallGroups,
  partials: PartialRooms,
): WebgpuPlan {
  const { replicas, batch, network } = program;
  const { height, width, channels } = network.input;
  const resources: ResourceSpec[] = [];
  const add = (name: string, words: number): Resource => resources.push({ name, bytes: 4 * words }) - 1;
  const vectors = vectorLayout(program, options.inHalves ?? false);
  const step = stepLayout({ batch, replicas, slots: network.activationSlots.length, channels });
  const results = resultLayout({ batch, classes: network.classes, replicas, slots: options.slots });
  const tensors = partials.tensors();
  const table = blockTable(tensors);
  // Quads are loaded whole where every replica begins at one.
  const parameterStride = Math.ceil(program.parameterElements / 4) * 4;
  const parameters = add('parameters', replicas * parameterStride);
  const named: NamedResources = {
    parameters,
    moments: [
      add('first moments', replicas * parameterStride),
      add('second moments', replicas * parameterStride),
    ],
    vectors: add('vectors', replicas * vectors.stride),
    flags: add('flags', 2 * replicas),
    step: add('step data', step.rowStride * options.slots * blockCount),
    results: add('results', results.slots * (results.head + results.logits)),
    table: add('blocks', Math.max(4, table.words.length)),
    gradients: add('gradients', program.parameterElements),
    squares: add('squares', Math.max(4, table.words.length / 6)),
    data: Array.from({ length: dataParts }, (_, i) => add(`dataset ${i}`, 0)),
  };
  const bufferPlaces = placeBuffers(program, groups, vectors, add);
  const rooms = partials.rooms.map(({ stride }, i) => add(`partial sums ${i}`, replicas * stride));
  const dummies = Array.from({ length: 4 }, (_, i) => add(`unused ${i}`, 4));
  const placed = (id: BufferId): BufferPlace => {
    const place = bufferPlaces[id];
    if (place === null) throw new Error(`${program.buffers[id].name} has no place`);
    return place;
  };
  const places: Places<Resource> = {
    replicas,
    buffer: (id) => placed(id).resource,
    sums: (id) => {
      if (id === null) return { ref: dummies[1], offset: none, largest: null };
      const { resource, offset } = placed(id);
      const kept = vectors.halves.bySums.get(id);
      const behind = offset + replicas * program.buffers[id].elements;
      return { ref: resource, offset, largest: kept === undefined ? null : { ...kept, offset: behind } };
    },
    vectors: named.vectors,
    vectorStride: vectors.stride,
    vector: (id) => (id === null ? none : vectors.offsets[id]),
    code: (slot) => (slot === null ? none : codeStride * slot),
    statistic: (index) => vectors.statistics + program.statistics[index].offset,
    parameters,
    parameterStride,
    parameter: (index) => program.parameters[index].offset,
    halves: (weight) => vectors.halves.byWeight.get(weight) ?? null,
    partials: (index, pieces) => {
      const { room, offset, stride } = partials.place(index, pieces);
      return { ref: rooms[room] ?? -1, offset, stride };
    },
    flags: named.flags,
    dummyRead: dummies[0],
    dummyWrite: (i) => dummies[1 + i],
  };
  let firstBlock = 0;
  const runs = partials.rooms.map(({ stride, members }, i): BlockRun<Resource> => {
    const blocks = members.reduce((sum, member) => sum + (table.blocks[tensors.indexOf(member)] ?? 0), 0);
    const run = { partials: rooms[i], partialStride: stride, firstBlock, blocks };
    firstBlock += blocks;
    return run;
  });
  const imageBytes = height * width * channels;
  const partImages = Math.max(
    1,
    Math.floor(
      Math.min(options.limits.maxStorageBufferBindingSize, options.limits.maxBufferSize) / imageBytes,
    ) - 1,
  );
  const convolutions = options.convolutions ?? fastKernels(fixedTiles());
  const context: DispatchContext = {
    places,
    named,
    step,
    results,
    partImages,
    runs,
    convolutions,
    program,
    halves: [...vectors.halves.byWeight.values()],
  };
  const units = (list: readonly CallGroup[]): Unit[] =>
    list.map((calls) => ({ calls, dispatches: dispatchesOf(calls, context) }));
  const train = units(groups.train);
  const evaluate = units(groups.evaluate);
  return {
    program,
    resources,
    named,
    train,
    evaluate,
    gradientSums: runs.map((run) => gradientSums(run, named)),
    step,
    results,
    parameterStride,
    vectorStride: vectors.stride,
    vectorOffsets: vectors.offsets,
    statisticsOffset: vectors.statistics,
    bufferPlaces,
    blockTable: table.words,
    blocks: blocksByParameter(program, tensors, table.blocks),
    partials,
    partImages,
  };
}

function blocksByParameter(
  program: Program,
  tensors: readonly { readonly parameter: number }[],
  counts: readonly number[],
): { first: number; count: number }[] {
  const byOffset = new Map<number, { first: number; count: number }>();
  let first = 0;
  tensors.forEach(({ parameter }, i) => {
    byOffset.set(parameter, { first, count: counts[i] });
    first += counts[i];
  });
  return program.parameters.map(({ offset }) => byOffset.get(offset) ?? { first: 0, count: 0 });
}

function checkLimits(plan: WebgpuPlan, limits: DeviceLimits): void {
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const tooLarge = plan.resources.find(({ bytes }) => bytes > most);
  if (tooLarge === undefined) return;
  throw workError({
    what: 'the network and batch need a larger buffer than this device allows',
    where: `${tooLarge.name}, ${plan.program.replicas} runs in lockstep`,
    rule: `at most ${(most / 2 ** 20).toFixed(0)} MiB in one buffer`,
    value: `${(tooLarge.bytes / 2 ** 20).toFixed(0)} MiB`,
    advice: 'train fewer runs in lockstep, or use a smaller training.batchSize or network',
  });
}
