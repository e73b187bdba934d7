/** The dataset as workers share it. */
import type { Dataset } from '../data/dataset.js';
import type { SharedDataset } from './jobs.js';

export function shareDataset(dataset: Dataset): SharedDataset {
  const { pixels, labels, channels, height, width, mean, deviation, trainExamples, testExamples, checksum } =
    dataset;
  const classes = dataset.classes.length;
  return {
    pixels,
    labels,
    channels,
    height,
    width,
    mean,
    deviation,
    classes,
    trainExamples,
    testExamples,
    checksum,
  };
}
