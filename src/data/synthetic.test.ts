import { describe, expect, it } from 'vitest';
import { minOf } from '../base/extremes.js';
import type { SyntheticOptions } from './config.js';
import { checksumOf } from './dataset.js';
import { syntheticDefinition } from './datasets/synthetic.js';
import { synthesize } from './synthetic.js';

const small = { classes: 7, train: 140, test: 35, seed: 5 };
const imageBytes = 3 * 32 * 32;

/** Mean byte of each channel over the 16x16 pixels in the middle. */
function middleColour(pixels: Uint8Array, image: number): number[] {
  return [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let i = 0; i < 256; i++) {
      sum += pixels[image * imageBytes + channel * 1024 + (8 + Math.floor(i / 16)) * 32 + 8 + (i % 16)];
    }
    return sum / 256;
  });
}

describe('synthesize', () => {
  it('is a pure function of its options', async () => {
    const once = synthesize(small);
    expect(await checksumOf(synthesize(small))).toBe(await checksumOf(once));
    expect(await checksumOf(synthesize({ ...small, seed: 6 }))).not.toBe(await checksumOf(once));
    expect(await checksumOf(synthesize({ ...small, noise: 0.2 }))).not.toBe(await checksumOf(once));
  });

  it('gives the same images whatever the number of the others', () => {
    const few = synthesize(small);
    const more = synthesize({ ...small, train: 210, test: 70 });
    const same = (a: number, b: number, count: number) =>
      Buffer.compare(
        more.pixels.subarray(a * imageBytes, (a + count) * imageBytes),
        few.pixels.subarray(b * imageBytes, (b + count) * imageBytes),
      ) === 0;
    expect(same(0, 0, 140)).toBe(true);
    expect(same(210, 140, 35)).toBe(true);
  });

  it('has equally large classes, training file first, and every image is another', () => {
    const { labels, pixels, trainExamples, testExamples } = synthesize(small);
    expect([trainExamples, testExamples, labels.length]).toEqual([140, 35, 175]);
    for (let label = 0; label < 7; label++) {
      expect(labels.subarray(0, 140).filter((one) => one === label).length).toBe(20);
    }
    const images = Array.from(labels, (_, i) => pixels.subarray(i * imageBytes, (i + 1) * imageBytes).join());
    expect(new Set(images).size).toBe(175);
  });

  it('lies on shared memory and knows its own mean and deviation', () => {
    const { pixels, mean, deviation, trainExamples } = synthesize(small);
    expect(pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
    let sum = 0;
    for (let i = 0; i < trainExamples; i++) {
      for (let j = 0; j < 1024; j++) sum += pixels[i * imageBytes + 1024 + j];
    }
    expect(mean[1]).toBeCloseTo(sum / trainExamples / 1024 / 255, 4);
    expect(minOf(deviation)).toBeGreaterThan(0.1);
  });

  it('takes more than 256 classes', () => {
    const { labels, classes } = synthesize({ classes: 300, train: 300, test: 0 });
    expect(labels).toBeInstanceOf(Uint16Array);
    expect([labels[299], classes.length]).toEqual([299, 300]);
  });

  it('shows its classes, in light and shade: colour in the middle tells them apart above chance', () => {
    const { pixels, labels, trainExamples } = synthesize({ train: 1000, test: 500 });
    const colours = Array.from(labels, (_, i) => middleColour(pixels, i));
    const means = Array.from({ length: 10 }, () => [0, 0, 0]);
    for (let i = 0; i < trainExamples; i++) {
      for (const [c, value] of colours[i].entries()) means[labels[i]][c] += value / 100;
    }
    let correct = 0;
    for (let i = trainExamples; i < labels.length; i++) {
      const distances = means.map((mean) =>
        mean.reduce((sum, value, c) => sum + (value - colours[i][c]) ** 2, 0),
      );
      if (distances.indexOf(minOf(distances)) === labels[i]) correct += 1;
    }
    expect(correct / 500).toBeGreaterThan(0.15);
    expect(correct / 500).toBeLessThan(0.5);
  });

  it.each([
    ['classes', 1],
    ['train', 0],
    ['noise', 1.5],
    ['clutter', -1],
    ['seed', 0.5],
  ])('refuses %s = %d', (key, value) => {
    expect(() => synthesize({ [key]: value })).toThrow(`dataset.${key}`);
  });
});

it('how images are normalized is worked out once for equal images, and anew for others', () => {
  const form = (options: SyntheticOptions) => syntheticDefinition.form(options);
  const first = form({ train: 40, seed: 3 });
  expect(form({ train: 40, seed: 3 })).toBe(first);
  expect(form({ train: 40, seed: 4 })).not.toEqual(first);
  const { mean, deviation } = synthesize({ train: 40, seed: 3 });
  expect(first).toMatchObject({ mean, deviation });
});
