/**
 * The integer formula that makes the golden tests' weights, images, labels and crops: make_fixtures.py repeats it in
 * Python, so the fixtures hold results only.
 */
import { hashName } from '../../src/base/random.js';
import type { Program } from '../../src/compile/program.js';
import type { BatchPlan, PixelSource, ReplicaState } from '../../src/compile/step.js';

/** Number `index` of `name`: murmur3's finalizer of a counter. */
function hashAt(start: number, index: number): number {
  let h = (Math.imul(index, 0x9e3779b1) + start) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hashes(name: string, count: number): Uint32Array {
  const start = hashName(name);
  return Uint32Array.from({ length: count }, (_, i) => hashAt(start, i));
}

/** A parameter, running statistic or velocity of a seed: float32 values (about beta: make_fixtures.py). */
function tensorValue(name: string, shape: readonly number[], seed: number, beta: number): Float64Array {
  const [middle, scale] = distribution(name, shape, beta);
  const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const start = hashName(`${seed}/${name}`);
  for (let i = 0; i < values.length; i++) {
    const u = (hashAt(start, i) >>> 8) / 8388608 - 1;
    values[i] = Math.fround(middle + scale(u));
  }
  return values;
}

/** Value = middle + scale(u), u uniform in [-1, 1). */
function distribution(
  name: string,
  shape: readonly number[],
  beta: number,
): readonly [number, (u: number) => number] {
  if (name.endsWith('running_var')) return [1, (u) => 0.5 * u];
  if (name.startsWith('momentum.')) return [0, (u) => 0.01 * u];
  if (name.endsWith('running_mean')) return [0, (u) => 0.1 * u];
  if (name.endsWith('.bias') && name.includes('bn')) return [beta, (u) => 0.1 * u];
  if (name.endsWith('.weight') && name.includes('bn')) return [1, (u) => 0.25 * u];
  const root = Math.sqrt(name === 'linear.bias' ? 64 : shape.slice(1).reduce((a, b) => a * b, 1));
  return [0, (u) => u / root];
}

/** The formula's weights and statistics of a seed; with velocities where a step other than the first is meant. */
export function formulaState(
  program: Program,
  { seed, beta, steps }: { readonly seed: number; readonly beta: number; readonly steps: number },
): ReplicaState {
  const { parameters, statistics } = program;
  const velocities = parameters.map(({ name, shape }): [string, Float64Array] => {
    const velocity = `momentum.${name}`;
    return [velocity, tensorValue(velocity, shape, seed, 0)];
  });
  return {
    parameters: new Map(parameters.map(({ name, shape }) => [name, tensorValue(name, shape, seed, beta)])),
    statistics: new Map(
      statistics.map(({ name, elements }) => [name, tensorValue(name, [elements], seed, beta)]),
    ),
    optimizer: new Map(steps === 0 ? [] : velocities),
    steps,
  };
}

/** Bytes [images, 3, 32, 32]: cells of 8x8 with a value each, and noise. */
export function formulaSource(images: number, classes: number): PixelSource {
  const cells = hashes('cells', images * 3 * 16);
  const noise = hashes('noise', images * 3 * 1024);
  const pixels = Uint8Array.from(noise, (value, i) => {
    const plane = Math.floor(i / 1024);
    const cell = plane * 16 + 4 * Math.floor((i % 1024) / 256) + Math.floor((i % 32) / 8);
    return Math.floor((3 * (cells[cell] >>> 24) + (value >>> 24)) / 4);
  });
  return {
    pixels,
    labels: Uint8Array.from(hashes('labels', images), (value) => value % classes),
    channels: 3,
    height: 32,
    width: 32,
    mean: [0.5071, 0.4865, 0.4409],
    deviation: [0.2673, 0.2564, 0.2762],
  };
}

/** Which images a step sees, how they are cropped and mirrored. */
export function formulaPlan(step: number, batch: number, images: number): BatchPlan {
  const shift = (name: string) =>
    Int8Array.from(hashes(`${name}/${step}`, batch), (value) => (value % 9) - 4);
  const plan = {
    indices: Int32Array.from({ length: batch }, (_, n) => (n * 5 + step * 7) % images),
    shiftY: shift('shiftY'),
    shiftX: shift('shiftX'),
    flip: Uint8Array.from(hashes(`flip/${step}`, batch), (value) => value >>> 31),
  };
  return { count: batch, replicas: [plan] };
}

const signs = 32;

/** Numbers of a digest, beside the norm before them. */
export function digestLength(elements: number): number {
  return Math.min(elements, signs);
}

/** A tensor's values where it has at most 32, else 32 sums of all its values with signs from the formula. */
export function digest(name: string, values: ArrayLike<number>): Float64Array {
  if (values.length <= signs) return Float64Array.from(values);
  const start = hashName(`sign/${name}`);
  const sums = new Float64Array(signs);
  for (let i = 0; i < values.length; i++) {
    const bits = hashAt(start, i);
    const value = values[i];
    for (let b = 0; b < signs; b++) sums[b] += value * (((bits >>> b) & 1) * 2 - 1);
  }
  return sums;
}

/**
 * L2 norm of a difference, from the two digests: exact for at most 32 elements; else the root of the mean square of 32
 * random projections, whose relative standard deviation is about 12 % (Johnson and Lindenstrauss 1984).
 */
export function digestDistance(a: Float64Array, b: Float64Array, elements: number): number {
  const sum = a.reduce((total, value, i) => total + (value - b[i]) ** 2, 0);
  return Math.sqrt(elements <= signs ? sum : sum / signs);
}
