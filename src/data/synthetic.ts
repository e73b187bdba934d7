/**
 * The built-in synthetic dataset: procedural 32x32 RGB images for machines without data. An object of a class (outline,
 * texture, a leaning in colour) stands somewhere in the image, in some size, rotation and light, before a cluttered
 * background, with parts of objects of other classes around it and noise over all. It is not a model of any real data.
 */
import { requestError } from '../base/errors.js';
import type { SyntheticOptions } from './config.js';
import { allocateBytes, allocateLabels, type DataProgress, type DatasetContents } from './dataset.js';
import { area, Painter, side } from './syntheticPainter.js';

export const syntheticDefaults = {
  classes: 10,
  train: 4000,
  test: 1000,
  seed: 0,
  noise: 0.08,
  clutter: 2,
} as const;

/** Test images are numbered from here, so that they do not depend on how many training images there are. */
const firstTest = 0x40000000;

/**
 * Makes the images of the synthetic dataset, training file first. A pure function of the options: image `i` of either
 * file depends on (seed, classes, noise, clutter, i) only; classes take turns, so that they are equally large.
 * @throws CeterisError (request) for impossible options
 */
export function synthesize(
  options: SyntheticOptions = {},
  onProgress?: (progress: DataProgress) => void,
): DatasetContents {
  const { classes, train, test, seed, noise, clutter } = checked(options);
  const total = train + test;
  const pixels = allocateBytes(total * 3 * area);
  const labels = allocateLabels(total, classes);
  const painter = new Painter(seed, classes, noise, clutter);
  for (let i = 0; i < total; i++) {
    const inFile = i < train ? i : i - train;
    labels[i] = inFile % classes;
    painter.paint(
      labels[i],
      i < train ? inFile : firstTest + inFile,
      pixels.subarray(i * 3 * area, (i + 1) * 3 * area),
    );
    if ((i + 1) % 500 === 0) onProgress?.({ phase: 'generate', what: 'synthetic', done: i + 1, total });
  }
  return {
    name: 'synthetic',
    pixels,
    labels,
    channels: 3,
    height: side,
    width: side,
    ...normalization(pixels.subarray(0, train * 3 * area)),
    classes: Array.from({ length: classes }, (_, label) => `shape ${label}`),
    trainExamples: train,
    testExamples: test,
    notes: [],
  };
}

type Checked = { [key in keyof typeof syntheticDefaults]: number };

function checked(options: SyntheticOptions): Checked {
  const value = (key: keyof Checked) => options[key] ?? syntheticDefaults[key];
  const whole = (key: keyof Checked, low: number, high: number) => {
    const number = value(key);
    if (Number.isInteger(number) && number >= low && number <= high) return number;
    throw outOfRange(key, `a whole number from ${low} to ${high}`, number);
  };
  const real = (key: keyof Checked, high: number) => {
    const number = value(key);
    if (number >= 0 && number <= high) return number;
    throw outOfRange(key, `0 to ${high}`, number);
  };
  return {
    classes: whole('classes', 2, 65_536),
    train: whole('train', 1, 1_000_000),
    test: whole('test', 0, 1_000_000),
    seed: whole('seed', 0, 4_294_967_295),
    noise: real('noise', 1),
    clutter: real('clutter', 8),
  };
}

function outOfRange(key: string, rule: string, value: number): Error {
  return requestError({
    what: 'an option of the synthetic dataset is out of range',
    where: `dataset.${key}`,
    rule,
    value: String(value),
  });
}

/** Mean and deviation per channel of planar images, as a share of 255, to four digits. */
function normalization(pixels: Uint8Array): { mean: number[]; deviation: number[] } {
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  for (let start = 0, plane = 0; start < pixels.length; start += area, plane = (plane + 1) % 3) {
    for (let i = start; i < start + area; i++) {
      sums[plane] += pixels[i];
      squares[plane] += pixels[i] * pixels[i];
    }
  }
  const count = pixels.length / 3;
  const digits = (value: number) => Math.round(10_000 * value) / 10_000;
  const variance = (c: number) => squares[c] / count - (sums[c] / count) ** 2;
  return {
    mean: sums.map((sum) => digits(sum / count / 255)),
    deviation: sums.map((_, c) => Math.max(0.01, digits(Math.sqrt(variance(c)) / 255))),
  };
}
