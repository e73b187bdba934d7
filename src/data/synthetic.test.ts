import { describe, expect, it } from 'vitest';
import { checksumOf } from './dataset.js';
import { synthesize } from './synthetic.js';

const small = { classes: 7, train: 140, test: 35, seed: 5 };
const imageBytes = 3 * 32 * 32;

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
    expect(more.pixels.subarray(0, 140 * imageBytes)).toEqual(few.pixels.subarray(0, 140 * imageBytes));
    expect(more.pixels.subarray(210 * imageBytes, 245 * imageBytes)).toEqual(
      few.pixels.subarray(140 * imageBytes),
    );
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
    expect(Math.min(...deviation)).toBeGreaterThan(0.1);
  });

  it('takes more than 256 classes', () => {
    const { labels, classes } = synthesize({ classes: 300, train: 300, test: 0 });
    expect(labels).toBeInstanceOf(Uint16Array);
    expect([labels[299], classes.length]).toEqual([299, 300]);
  });

  it('classes can be told apart: the nearest class mean beats chance', () => {
    const { pixels, labels, trainExamples } = synthesize({
      classes: 10,
      train: 1000,
      test: 300,
      noise: 0,
      clutter: 0,
    });
    const means = Array.from({ length: 10 }, () => new Float64Array(imageBytes));
    for (let i = 0; i < trainExamples; i++) {
      for (let j = 0; j < imageBytes; j++) means[labels[i]][j] += pixels[i * imageBytes + j] / 100;
    }
    let correct = 0;
    for (let i = trainExamples; i < labels.length; i++) {
      const distances = means.map((mean) => {
        let sum = 0;
        for (let j = 0; j < imageBytes; j++) sum += (mean[j] - pixels[i * imageBytes + j]) ** 2;
        return sum;
      });
      if (distances.indexOf(Math.min(...distances)) === labels[i]) correct += 1;
    }
    expect(correct / 300).toBeGreaterThan(0.2);
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
