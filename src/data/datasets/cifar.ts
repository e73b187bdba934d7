/** CIFAR-100 and CIFAR-10, as a study file names them. */
import * as z from 'zod';
import { key } from '../../base/keys.js';
import { type CifarFormat, cifar10, cifar100 } from '../cifar.js';
import type { DatasetDefinition, DatasetOutline, ImageForm } from './definition.js';
import { splitKeys } from './splitKeys.js';

const labels = {
  labels: key(z.enum(['fine', 'coarse']).default('fine'), 'cifar100: fine (100 classes) or coarse (20)'),
};

export const cifar100Definition = {
  name: 'cifar100',
  keys: { ...splitKeys, ...labels },
  source: labels,
  outline: (config) => outlineOf(cifar100, config.labels ?? 'fine'),
  form: () => formOf(cifar100),
} as const satisfies DatasetDefinition<{ readonly labels?: 'fine' | 'coarse' | undefined }>;

export const cifar10Definition = {
  name: 'cifar10',
  keys: splitKeys,
  source: {},
  outline: () => outlineOf(cifar10, 'class'),
  form: () => formOf(cifar10),
} as const satisfies DatasetDefinition<unknown>;

function outlineOf(format: CifarFormat, kind: string): DatasetOutline {
  const published = (files: CifarFormat['train']) => files.reduce((sum, file) => sum + file.published, 0);
  return {
    classes: format.labels.find((one) => one.kind === kind)?.classes.length ?? 0,
    trainExamples: published(format.train),
    testExamples: published(format.test),
  };
}

function formOf({ mean, deviation }: CifarFormat): ImageForm {
  return { channels: 3, height: 32, width: 32, mean, deviation };
}
