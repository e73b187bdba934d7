/** A study, resolved: every default written out. What `study.yaml` in the output directory holds. */

import type { Pooling } from '../nn/cnn.js';
import type { ActivationName } from '../nn/network.js';
import type { OptimizerName } from '../optim/optimizer.js';
import type { LauncherConfiguration } from './launcher.js';

/** A level's value as the study file writes it (any YAML value). */
export type LevelValue =
  | string
  | number
  | boolean
  | null
  | readonly LevelValue[]
  | { readonly [key: string]: LevelValue };

export interface DatasetLimit {
  /** Examples of the training split. */
  readonly train: number;
  readonly validation: number;
  /** Examples of the test file, stratified; `null`: all. */
  readonly test: number | null;
}

export interface DatasetConfiguration {
  readonly name: 'cifar100' | 'cifar10' | 'synthetic';
  /** Fraction of the training file that becomes the validation split. */
  readonly validation: number;
  readonly splitSeed: number | 'per-seed';
  readonly augment: readonly ('crop' | 'flip')[];
  readonly limit: number | DatasetLimit | null;
  /** `fine` (100 classes) or `coarse` (20); cifar100 only. */
  readonly labels?: 'fine' | 'coarse';
  /** Options of the synthetic dataset; synthetic only. */
  readonly classes?: number;
  readonly train?: number;
  readonly test?: number;
  readonly seed?: number;
  readonly noise?: number;
  readonly clutter?: number;
}

export type NetworkConfiguration =
  | { readonly name: 'mobilenet'; readonly width: number }
  | { readonly name: 'cnn'; readonly channels: readonly number[]; readonly pooling?: Pooling }
  | { readonly name: 'mlp'; readonly hidden: readonly number[] };

export interface OptimizerConfiguration {
  readonly name: OptimizerName;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface TrainingConfiguration {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerConfiguration;
  readonly shuffle: boolean;
  /** A safetensors file with the initial weights, or `null`: drawn from the seed. */
  readonly initial: string | null;
  /** Logs the loss of every N-th step; 0: not. */
  readonly logSteps: number;
  /** Seconds between checkpoints; 0: every epoch. Changes no result. */
  readonly checkpointSeconds: number;
}

/** One step -> value rule, resolved: `constant` or `{ name: 'cosine', over: 300 }` and the like. */
export type ScheduleValue = string | { readonly [key: string]: LevelValue };

/** `relu`, or `{ name: sigmoid, blocks: 4-10 }`. */
export type ActivationValue =
  | ActivationName
  | {
      readonly name: ActivationName;
      readonly blocks: string | readonly number[];
      readonly elsewhere?: ActivationName;
    };

/** Everything that decides a run's result, but for its seed and the dataset's bytes. */
export interface RunConfiguration {
  readonly dataset: DatasetConfiguration;
  readonly network: NetworkConfiguration;
  readonly training: TrainingConfiguration;
  readonly learningRate: number;
  readonly schedule: ScheduleValue;
  readonly weightDecay: number;
  readonly activation: ActivationValue;
  /** Of runs that were trained elsewhere: hyperparameters that have no key here, by any name. */
  readonly imported?: Readonly<Record<string, LevelValue>>;
  /** Of runs that a command trains: all that decides their result. The keys above mean nothing then. */
  readonly command?: CommandConfiguration;
}

/** What a command is called with: its arguments with placeholders, and the values of all names. */
export interface CommandConfiguration {
  readonly command: readonly string[];
  readonly values: Readonly<Record<string, LevelValue>>;
}

/** How the metrics of a command are found and read. */
export interface CommandMetrics {
  /** A file, or a folder of event files, in the folder of the run. */
  readonly file: string;
  /** The column of a metric (or of `epoch`, `step`) where its name does not tell. */
  readonly columns: Readonly<Record<string, string>>;
  /** Name of the column of the study's metric, where several could be it. */
  readonly judged?: string | undefined;
  readonly ignore: readonly string[];
  readonly unit?: 'percent' | 'fraction' | undefined;
  readonly axis?: 'epoch' | 'step' | 'row' | undefined;
  readonly firstEpoch?: 0 | 1 | undefined;
  readonly stepsPerEpoch?: number | undefined;
  readonly repeats?: 'last' | 'first' | 'mean' | undefined;
  readonly format?: string | undefined;
}

/** A command that trains the runs of a study, one process each. Durations in seconds. */
export interface CommandTrainer {
  readonly command: readonly string[];
  readonly metrics: CommandMetrics;
  /** Appended where the folder of the run holds a checkpoint; `null`: it starts anew. */
  readonly resume: readonly string[] | null;
  /** Names of checkpoints, with `*` for any part. */
  readonly checkpoint: readonly string[];
  readonly timeout: number | null;
  /** Between SIGTERM and SIGKILL. */
  readonly grace: number;
  readonly retries: number;
  readonly gpus: number;
  /** Of one run, for the progress. */
  readonly epochs?: number | undefined;
  /** Where the command is called; `undefined`: the folder of the study file. */
  readonly folder?: string | undefined;
  /** Files whose contents are part of what a run is, as seen from the folder. */
  readonly files: readonly string[];
  /** Commands whose output is kept with each run. */
  readonly record: Readonly<Record<string, readonly string[]>>;
}

/** What trains the runs of a study: this project's engine, or a command. */
export type Trainer = 'engine' | CommandTrainer;

/** One integer per run, or one stream varied while another is fixed. */
export interface RunSeed {
  /** What the run is called by: the seed, or the varied stream's value. */
  readonly label: number;
  /** Order, augmentation, dropout. */
  readonly data: number;
  /** Initial weights. */
  readonly initial: number;
}

export type FactorRole = 'scientific' | 'nuisance' | 'fixed';

export interface Factor {
  /** Path of the key in RunConfiguration: `learningRate`, `training.optimizer.momentum`, `network.width`. */
  readonly path: string;
  readonly role: FactorRole;
  /** In the study file's order (the report's figures follow it). For sampled factors: the values drawn. */
  readonly levels: readonly LevelValue[];
  /** Where values are drawn from instead of listed. */
  readonly range: FactorRange | null;
}

export interface FactorRange {
  readonly min: number;
  readonly max: number;
  readonly distribution: 'uniform' | 'log-uniform' | 'int';
}

export interface MethodConfiguration {
  readonly name: 'one-factor' | 'grid' | 'random';
  /** random: number of trials (per combination of scientific levels), and the seed of the draws. */
  readonly trials?: number;
  readonly seed?: number;
}

export interface MetricConfiguration {
  /** One of `metricNames`, or of a command's own: `valid/bleu`. */
  readonly name: string;
  readonly goal: 'maximize' | 'minimize';
  /** `last`: mean over the last max(3, 10 %) epochs. */
  readonly at: 'last' | 'final' | 'best';
}

/** How one trial is chosen for each combination of scientific levels, in a study with nuisance factors. */
export interface SelectionConfiguration {
  /** Of the validation split. */
  readonly metric: MetricConfiguration;
  /** Seeds of the search, none of which is one of the study's: the chosen trials are run again with those. */
  readonly seeds: readonly RunSeed[];
}

export interface ReportConfiguration {
  readonly title: string | null;
  readonly authors: readonly string[];
  readonly affiliation: string | null;
  readonly code: string | null;
  /** Markdown file beside the study file whose sections are woven into the report. */
  readonly text: string | null;
  /** True for a study that is a cut-down version of another: the report says so. */
  readonly miniatureOf: string | null;
  /** Parameter tensors whose gradient norms the report draws. */
  readonly gradientNorms: readonly string[];
}

export interface ResolvedStudy {
  readonly formatVersion: 1;
  readonly name: string;
  readonly question: string | null;
  readonly trainer: Trainer;
  readonly method: MethodConfiguration;
  /** The baseline's whole configuration. */
  readonly baseline: RunConfiguration;
  readonly factors: readonly Factor[];
  /** Explicit configurations, as levels by path, added to any method. */
  readonly trials: readonly Readonly<Record<string, LevelValue>>[];
  readonly seeds: readonly RunSeed[];
  /** How `seeds` was declared; `all`: one integer drives every stream. */
  readonly seedStreams: 'all' | 'data' | 'initial';
  readonly metric: MetricConfiguration;
  /** `null` in a study without nuisance factors. */
  readonly selection: SelectionConfiguration | null;
  /** Smallest difference of the metric worth knowing, in points for accuracies (1 = one per cent), else in units. */
  readonly smallestEffect: number;
  /** Paired t only where declared before there are data. */
  readonly pairing: 'none' | 'paired';
  /** Declared interactions of the confirmatory family, as pairs of factor paths. */
  readonly interactions: readonly (readonly [string, string])[];
  /** `null`: this machine trains the runs, unless the command says otherwise. */
  readonly launcher: LauncherConfiguration | null;
  readonly report: ReportConfiguration;
}

/** One configuration. */
export interface Trial {
  /** Position in the study's order, the baseline first in a one-factor study. */
  readonly index: number;
  /** Readable levels: `learningRate=0.2`; `baseline` for the baseline of a one-factor study. */
  readonly name: string;
  /** Level of every factor, by path. */
  readonly levels: Readonly<Record<string, LevelValue>>;
  /** The scientific factors (and what an explicit trial sets besides) are at the baseline. */
  readonly isBaseline: boolean;
  /** Stems from `trials:`. */
  readonly isExplicit: boolean;
  readonly configuration: RunConfiguration;
}

/** `search`: tries nuisance levels, and carries no verdict. `final`: what the study concludes from. */
export type RunStage = 'search' | 'final';

/** One trial with one seed. */
export interface Run {
  /** Readable, safe in any file system, at most 80 characters, and 8 hex digits of the fingerprint. */
  readonly id: string;
  readonly trial: Trial;
  readonly seed: RunSeed;
  readonly stage: RunStage;
  /** sha256 (hex) of the resolved configuration, the seed and the dataset's checksum. */
  readonly fingerprint: string;
}
