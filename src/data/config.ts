/** Which dataset to load: the part of a study file's `dataset:` key that chooses the data itself. */

export interface Cifar100Config {
  readonly name: 'cifar100';
  /** The 100 fine classes (default) or the 20 coarse ones. */
  readonly labels?: 'fine' | 'coarse' | undefined;
}

export interface Cifar10Config {
  readonly name: 'cifar10';
}

export interface SyntheticOptions {
  /** Number of classes, from 2. */
  readonly classes?: number | undefined;
  /** Images of the training file and of the test file. */
  readonly train?: number | undefined;
  readonly test?: number | undefined;
  /** Another seed gives other classes and other images. */
  readonly seed?: number | undefined;
  /** Standard deviation of the pixels' noise, as a share of full brightness: 0 .. 1. */
  readonly noise?: number | undefined;
  /** Objects of other classes, smaller and beside or over the object: their mean number, 0 .. 8. */
  readonly clutter?: number | undefined;
}

export interface SyntheticConfig extends SyntheticOptions {
  readonly name: 'synthetic';
}

export type DatasetConfig = Cifar100Config | Cifar10Config | SyntheticConfig;
