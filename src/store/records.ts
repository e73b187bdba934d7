/** What lies on disk for a study, as data. Every file carries its format version. */

import type {
  LevelValue,
  MetricConfiguration,
  ResolvedStudy,
  RunConfiguration,
  RunSeed,
} from '../study/types.js';
import type { BackendDescriptionRecord } from './backend.js';
import type { ClusterRecord } from './cluster.js';

/** `interrupted`: stopped on request or found unfinished; it continues with the next `run`. */
export type RunStatus = 'waiting' | 'running' | 'done' | 'diverged' | 'failed' | 'interrupted';

/** run.json */
export interface RunRecord {
  readonly formatVersion: 1;
  readonly id: string;
  readonly trialName: string;
  /** Level of every factor, by path. */
  readonly levels: Readonly<Record<string, LevelValue>>;
  readonly seed: RunSeed;
  /** `null` for imported curves whose configuration is known only by its levels, and for runs of a command (`trainer`). */
  readonly configuration: RunConfiguration | null;
  readonly fingerprint: string;
  readonly datasetChecksum: string | null;
  /** sha256 of the file that `training.initial` names, where the run was started from one. */
  readonly initialChecksum?: string;
  readonly status: RunStatus;
  /** Why it failed or where it diverged. */
  readonly statusReason: string | null;
  readonly epochsDone: number;
  readonly epochs: number;
  readonly backend: BackendDescriptionRecord | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly host: {
    readonly name: string;
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    /** Of the processor, as far as they decide bits. */
    readonly features?: readonly string[];
  } | null;
  readonly gitCommit: string | null;
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Seconds spent training and evaluating, over all sittings. */
  readonly seconds: number;
  /** Variant changes that were allowed while resuming, in words. */
  readonly variantChanges: readonly string[];
  readonly test: { readonly loss: number; readonly accuracy: number } | null;
  /** Measured at the end on the validation split. */
  readonly calibration: CalibrationRecord | null;
  /** Where it comes from when it was not trained here: the name of its file, and the part of it. */
  readonly source: string | null;
  /** Of imported curves, which may lack epochs: how many rows were written. */
  readonly rows?: number;
  /** Of a run that a command trained. */
  readonly trainer?: TrainerRecord;
  /** Why an imported run ended before the others by design (`early stopping`): it is no shorter run then. */
  readonly endedByDesign?: string;
  /** Of a run that a cluster's jobs trained. */
  readonly cluster?: ClusterRecord;
}

/** How a command trained a run. */
export interface TrainerRecord {
  /** As it was called, every placeholder filled. */
  readonly command: readonly string[];
  /** The values of all names. */
  readonly values: Readonly<Record<string, LevelValue>>;
  /** Where it was called; its commit stands in `gitCommit`. */
  readonly folder: string;
  /** sha256 of the files that the study names (`trainer.files`). */
  readonly files: Readonly<Record<string, string>>;
  /** Outputs of the commands of `trainer.record`. */
  readonly recorded: Readonly<Record<string, string>>;
  /** The GPUs it could see, each with its name where that is known. */
  readonly gpus: readonly string[];
  /** How often it was begun, and how often of these it went on from a checkpoint. */
  readonly attempts: number;
  readonly resumed: number;
  /** Of the last attempt; `null` where it has not ended, or was ended by a signal. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** How its metrics were read (trainer.metrics, and what the study needs of them); not in older records. */
  readonly reading?: string;
}

/**
 * Expected calibration error, and validation loss at the best temperature (fitted and measured on halves). Predictions
 * that a command wrote tell no temperature.
 */
export interface CalibrationRecord {
  readonly expectedCalibrationError: number;
  readonly temperature: number | null;
  readonly lossAtTemperature: number | null;
}

/**
 * A row of metrics.csv: one epoch, counted from 1. Accuracies are fractions 0..1, losses in nats. `null` where it was
 * not measured (an empty cell).
 */
export interface MetricsRow {
  readonly epoch: number;
  readonly trainLoss: number | null;
  readonly trainAccuracy: number | null;
  readonly validLoss: number | null;
  readonly validAccuracy: number | null;
  readonly trainEvalLoss: number | null;
  readonly trainEvalAccuracy: number | null;
  readonly learningRate: number | null;
  /** Training images per second of this epoch; outside the promise of equal bits. */
  readonly imagesPerSecond: number | null;
  readonly seconds: number | null;
  /** Metrics of a command's own, by any names: `valid/bleu`. */
  readonly [metric: string]: number | null;
}

/** A row of gradients.csv: L2 norms by parameter name at the last step of the epoch. */
export interface GradientsRow {
  readonly epoch: number;
  readonly norms: Readonly<Record<string, number>>;
}

/** A row of steps.csv: the loss of one logged step; steps are counted from 1 over the run. */
export interface StepRow {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
}

/** A row of predictions.csv. */
export interface PredictionRow {
  readonly split: 'validation' | 'test';
  /** Index into the training file (validation) or the test file (test). */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  readonly loss: number;
  /** Probability of the predicted class, where a command wrote it. */
  readonly confidence?: number;
}

/** A row of looks.csv: when seeds or levels were added after results were seen. */
export interface LookRow {
  readonly look: number;
  readonly at: string;
  readonly runsBefore: number;
  readonly runsAfter: number;
  readonly change: string;
}

/** What a search chose for one combination of scientific levels. */
export interface SelectedLevel {
  /** `baseline`, `weightDecay=0.1`. */
  readonly name: string;
  /** Of the scientific factors, by path. */
  readonly levels: Readonly<Record<string, LevelValue>>;
  /** Of the nuisance factors; `null` where no trial trained to its end with every seed of the search. */
  readonly chosen: Readonly<Record<string, LevelValue>> | null;
  /** Its metric in the search: the mean over the seeds of the search. */
  readonly value: number | null;
  /** Trials that were searched, and those of them that trained to their end. */
  readonly trials: number;
  readonly finished: number;
}

/** One selection of selection.json. It stands until another one is added. */
export interface SelectionRecord {
  readonly at: string;
  /** The rule that it was made by. */
  readonly metric: MetricConfiguration;
  /** Seeds of the search. */
  readonly seeds: readonly number[];
  /** What it rests on (`searchBasis`): another search asks for another selection. */
  readonly basis: string;
  readonly levels: readonly SelectedLevel[];
}

/** selection.json: every selection that was made, in order. The last one stands. */
export interface SelectionFile {
  readonly formatVersion: 1;
  readonly selections: readonly SelectionRecord[];
}

/** A run that the study names and that does not exist on disk yet. */
export interface MissingRun {
  readonly id: string;
  readonly trialName: string;
  readonly seed: RunSeed;
}

/** The search stage of a study with nuisance factors. Its runs carry no verdict. */
export interface SearchRecords {
  readonly runs: readonly LoadedRun[];
  readonly missing: readonly MissingRun[];
  /** The selection that stands, or `null`: the search is not complete yet. */
  readonly selection: SelectionRecord | null;
}

/** A run as loaded for analysis. */
export interface LoadedRun {
  readonly record: RunRecord;
  readonly metrics: readonly MetricsRow[];
  readonly gradients: readonly GradientsRow[];
  /** Different classes that it predicts on the validation split; read only where its accuracy is low. */
  readonly predictedClasses?: number;
  /** How its rows do not fit its record, of a run that has ended: it counts as failed, and is not trained again. */
  readonly misfit?: string;
  /** Where it lies; absent of a run that was made in memory. */
  readonly directory?: string;
  /** Of a run of which the study takes the first epochs only: how many there are on disk. */
  readonly epochsOnDisk?: number;
}

/** A study directory as loaded for analysis. */
export interface StudyRecords {
  readonly directory: string;
  readonly study: ResolvedStudy;
  /** Runs that the study concludes from, in its order (trial by trial, seed by seed); not those of a search. */
  readonly runs: readonly LoadedRun[];
  /** Those of them that do not exist on disk yet; of a level whose trial is not chosen yet, by the level's name. */
  readonly missing: readonly MissingRun[];
  /** Only in a study with nuisance factors. */
  readonly search?: SearchRecords;
  /** Runs on disk that the study file no longer names. */
  readonly outside: readonly LoadedRun[];
  readonly looks: readonly LookRow[];
  /** The change that was recorded as a look when this was loaded: the last of `looks`. */
  readonly recorded?: string | null;
  readonly split: SplitRecord | null;
  /** Files that could not be read, and runs of which a part is left out, in words. */
  readonly problems?: readonly string[];
  /** Of imported studies (import.json): how their files were read, and what was assumed, in words. */
  readonly imported?: { readonly readAs: readonly string[]; readonly notes: readonly string[] } | null;
}

/** split.json */
export interface SplitRecord {
  readonly formatVersion: 1;
  readonly dataset: string;
  readonly checksum: string;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  /** Indices into the test file. */
  readonly test: readonly number[];
  readonly notes: readonly string[];
}
