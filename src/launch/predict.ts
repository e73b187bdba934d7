/** A trained run's network on other images. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStep } from '../backends/node/openStep.js';
import { requestError, workError } from '../base/errors.js';
import { compile } from '../compile/compile.js';
import type { Program } from '../compile/program.js';
import type { PixelSource, ReplicaState } from '../compile/step.js';
import { datasetOutline, imageForm, sourceOf } from '../data/datasets.js';
import { activationsFor } from '../nn/activations.js';
import { buildNetwork } from '../nn/build.js';
import type { LoadedRun } from '../store/records.js';
import { readSafetensors } from '../store/safetensors.js';
import { fromStateDict } from '../store/weights.js';
import type { RunConfiguration } from '../study/types.js';
import { evaluateExamples } from '../train/evaluate.js';

export interface PredictOptions {
  /**
   * How an image's bytes lie: `planar` (default), channel by channel, as in `Dataset.pixels`; or `interleaved`, pixel by
   * pixel (height, width, channel), as most decoders of image files give them, without alpha.
   */
  readonly layout?: 'planar' | 'interleaved' | undefined;
  /** Default: 1. The result does not depend on it. */
  readonly threads?: number | undefined;
}

/** Images of one pass through the network, at most: memory does not grow with their number. */
const largestBatch = 128;

/**
 * Probabilities of the classes for images, by a run's weights (weights.safetensors: those of its end or, of a run that
 * was stopped, of where it stopped). Images are normalized as those that the run was trained on. What an image gets
 * does not depend on the others.
 * @param run as `loadStudy` or `loadRun` reads it from its directory
 * @param images their bytes one after another, each of height x width x channels of the run's dataset (32 x 32 x 3)
 * @returns for each image its probabilities, by class number (`Dataset.classes` names them); they sum to 1
 * @throws a request error where the run has no weights that fit its network, or the bytes are no whole images
 */
export async function predict(
  run: LoadedRun,
  images: Uint8Array | Uint8ClampedArray,
  options: PredictOptions = {},
): Promise<Float32Array[]> {
  const configuration = trainedConfiguration(run);
  const source = sourceOf(configuration.dataset);
  const { classes } = datasetOutline(source);
  const pixels = pixelSource(imageForm(source), images, options.layout ?? 'planar');
  const examples = pixels.labels.length;
  const { height, width, channels } = pixels;
  const network = buildNetwork(configuration.network, { height, width, channels, classes });
  const batch = Math.max(1, Math.min(examples, largestBatch));
  const program = compile(network, { batch, replicas: 1 });
  const activations = activationsFor(network, configuration.activation);
  const state = weightsOf(run, program);
  if (examples === 0) return [];
  const step = await openStep(program, { backend: 'wasm', threads: options.threads ?? 1 });
  try {
    step.load(pixels);
    await step.writeState(0, state);
    const evaluated = await evaluateExamples({
      seats: { step, replicas: [0] },
      of: () => ({ activations, indices: Int32Array.from({ length: examples }, (_, i) => i) }),
      logits: true,
      checkStop: () => new Promise((resolve) => setImmediate(resolve, false)),
    });
    return probabilities(evaluated?.get(0)?.logits ?? new Float32Array(0), classes);
  } finally {
    await step.dispose();
  }
}

/** @throws a request error for a run that was trained elsewhere, or by a command */
function trainedConfiguration({ record }: LoadedRun): RunConfiguration {
  const { configuration, source, trainer } = record;
  if (configuration !== null && source === null && trainer === undefined) return configuration;
  const elsewhere = source === null ? 'an imported run' : `imported from ${source}`;
  throw requestError({
    what: 'this run was not trained by the engine, so that its network is not known',
    where: `run ${record.id}`,
    rule: 'a run that the engine of Ceteris has trained',
    value: trainer === undefined ? elsewhere : `trained by a command: ${trainer.command.join(' ')}`,
  });
}

/** @throws a request error where the bytes are no whole images */
function pixelSource(
  form: Omit<PixelSource, 'pixels' | 'labels'>,
  images: Uint8Array | Uint8ClampedArray,
  layout: 'planar' | 'interleaved',
): PixelSource {
  const { channels, height, width } = form;
  const size = channels * height * width;
  const examples = images.length / size;
  if (!Number.isInteger(examples)) {
    throw requestError({
      what: 'these bytes are no whole images',
      where: 'images',
      rule: `${size} bytes an image: height ${height} x width ${width} x ${channels} channels, without alpha`,
      value: `${images.length} bytes: ${Math.floor(examples)} images and ${images.length % size} bytes more`,
    });
  }
  const bytes = new Uint8Array(images.buffer, images.byteOffset, images.length);
  const pixels = layout === 'planar' ? bytes : planar(bytes, channels, height * width);
  return { ...form, pixels, labels: new Uint8Array(examples) };
}

/** From pixel by pixel to channel by channel. */
function planar(bytes: Uint8Array, channels: number, area: number): Uint8Array {
  const pixels = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const channel = i % channels;
    const place = (i - channel) / channels;
    const image = Math.floor(place / area);
    pixels[(image * channels + channel) * area + (place % area)] = bytes[i];
  }
  return pixels;
}

/** @throws a request error where there are none, or they are of another network; a work error where they are damaged */
function weightsOf({ record, directory, epochsOnDisk }: LoadedRun, program: Program): ReplicaState {
  const where = `run ${record.id}`;
  if (directory === undefined) {
    throw requestError({
      what: 'the weights of this run are not known',
      where,
      rule: 'a run that was read from its directory, by loadStudy or loadRun',
    });
  }
  const path = join(directory, 'weights.safetensors');
  if (epochsOnDisk !== undefined) {
    throw requestError({
      what: 'the weights on disk are those of a longer run',
      where: path,
      rule: `those after epoch ${record.epochs}, which the study asks for`,
      value: `those after epoch ${epochsOnDisk}`,
      advice: 'loadRun(directory) reads the longer run itself',
    });
  }
  if (!existsSync(path)) {
    throw requestError({
      what: 'this run has no weights',
      where: path,
      rule: 'they are written when a run is done, or is stopped',
      value: `the run is ${record.status}`,
      advice: advice[record.status],
    });
  }
  return fromStateDict(readSafetensors(readBytes(path), path), program.parameters, program.statistics, path);
}

const advice: { readonly [status in LoadedRun['record']['status']]: string } = {
  waiting: 'train it first: runStudy, or `ceteris run`',
  running: 'wait for its end',
  done: 'copy weights.safetensors from where the run was trained',
  diverged: 'take another run: a run whose loss was no number keeps no weights',
  failed: 'train it again: runStudy, or `ceteris run`',
  interrupted: 'continue it: runStudy, or `ceteris run`',
};

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const value = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw workError({ what: 'the weights cannot be read', where: path, value, cause });
  }
}

/** Softmax of each image's logits [examples, classes], in float64. */
function probabilities(logits: ArrayLike<number>, classes: number): Float32Array[] {
  const all = new Float32Array(logits.length);
  const rows: Float32Array[] = [];
  for (let start = 0; start < logits.length; start += classes) {
    let most = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + classes; i++) most = Math.max(most, logits[i]);
    let sum = 0;
    for (let i = start; i < start + classes; i++) sum += Math.exp(logits[i] - most);
    for (let i = start; i < start + classes; i++) all[i] = Math.exp(logits[i] - most) / sum;
    rows.push(all.subarray(start, start + classes));
  }
  return rows;
}
