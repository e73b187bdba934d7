/** Which dataset to load: the part of a study file's `dataset:` key that chooses the data itself. */
import type { SyntheticOptions } from './synthetic.js';

export interface Cifar100Config {
  readonly name: 'cifar100';
  /** The 100 fine classes (default) or the 20 coarse ones. */
  readonly labels?: 'fine' | 'coarse' | undefined;
}

export interface Cifar10Config {
  readonly name: 'cifar10';
}

export interface SyntheticConfig extends SyntheticOptions {
  readonly name: 'synthetic';
}

export type DatasetConfig = Cifar100Config | Cifar10Config | SyntheticConfig;
