/** Small studies made up for tests: curves by formula, no file and no training. */

import { stringify } from 'yaml';
import { maxOf } from '../../src/base/extremes.js';
import type { LoadedRun, RunStatus, StudyRecords } from '../../src/store/records.js';
import { planRuns } from '../../src/study/expand.js';
import type { CurveMetric } from '../../src/study/metrics.js';
import { parseStudy } from '../../src/study/parse.js';
import type { LevelValue, Run } from '../../src/study/types.js';

type Curves = Partial<Record<CurveMetric | 'learningRate', readonly (number | null)[]>>;

interface Made {
  readonly status?: RunStatus;
  readonly run?: Run;
  readonly gradients?: LoadedRun['gradients'];
}

/** A run with these curves, the first value at epoch 1. */
export function exampleRun(curves: Curves, { status = 'done', run, gradients = [] }: Made = {}): LoadedRun {
  const epochs = Math.max(0, maxOf(Object.values(curves).map((curve) => curve.length)));
  const at = (name: keyof Curves, i: number) => curves[name]?.[i] ?? null;
  const metrics = Array.from({ length: epochs }, (_, i) => ({
    epoch: i + 1,
    trainLoss: at('trainLoss', i),
    trainAccuracy: at('trainAccuracy', i),
    validLoss: at('validLoss', i),
    validAccuracy: at('validAccuracy', i),
    trainEvalLoss: at('trainEvalLoss', i),
    trainEvalAccuracy: at('trainEvalAccuracy', i),
    learningRate: at('learningRate', i),
    imagesPerSecond: null,
    seconds: null,
  }));
  const record = {
    formatVersion: 1 as const,
    id: run?.id ?? 'run',
    trialName: run?.trial.name ?? 'baseline',
    levels: run?.trial.levels ?? {},
    seed: run?.seed ?? { label: 0, data: 0, initial: 0 },
    configuration: run?.trial.configuration ?? null,
    fingerprint: run?.fingerprint ?? '',
    datasetChecksum: 'example',
    status,
    statusReason: status === 'diverged' ? `the loss is not finite in epoch ${epochs + 1}` : null,
    epochsDone: epochs,
    epochs,
    backend: null,
    versions: {},
    host: null,
    gitCommit: null,
    startedAt: null,
    endedAt: null,
    seconds: 0,
    variantChanges: [],
    test: null,
    calibration: null,
    source: null,
  };
  return { record, metrics, gradients };
}

export interface ExampleStudy {
  readonly method?: 'one-factor' | 'grid';
  readonly factors: Readonly<Record<string, readonly LevelValue[]>>;
  readonly seeds: readonly number[];
  readonly epochs?: number;
  /** Further keys of the study file. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A study all of whose runs are done; curves differ by trial and seed, and overfit. */
export function exampleStudy(example: ExampleStudy): StudyRecords {
  const epochs = example.epochs ?? 12;
  const study = parseStudy(
    stringify({
      name: 'example',
      question: 'What does the example show?',
      dataset: { name: 'synthetic' },
      network: { name: 'mobilenet', width: 0.25 },
      training: { epochs },
      method: example.method ?? 'one-factor',
      baseline: { learningRate: 0.05, schedule: 'constant', weightDecay: 0, activation: 'relu' },
      factors: example.factors,
      seeds: example.seeds,
      report: { gradientNorms: ['layers.8.conv1.weight'] },
      ...example.more,
    }),
  );
  return {
    directory: 'example',
    study,
    runs: planRuns(study, 'example').map((run) => madeRun(run, epochs)),
    missing: [],
    outside: [],
    looks: [],
    split: null,
  };
}

function madeRun(run: Run, epochs: number): LoadedRun {
  const ease = 0.08 * run.trial.index;
  const luck = 0.011 * ((run.seed.label * 7 + run.trial.index * 3) % 5) - 0.02;
  const over = <T>(make: (t: number, epoch: number) => T) =>
    Array.from({ length: epochs }, (_, i) => make((i + 1) / epochs, i + 1));
  const wave = (epoch: number) => 0.01 * Math.sin(2.1 * epoch + run.seed.label);
  const curves: Curves = {
    trainLoss: over((t) => 3.2 * Math.exp(-3.5 * t)),
    trainAccuracy: over((t) => 1 - Math.exp(-(3.5 + ease) * t)),
    validLoss: over((t, epoch) => 3.2 * Math.exp(-4 * t) + (1.4 + ease) * t + wave(epoch)),
    validAccuracy: over((t, epoch) => (0.5 + 0.4 * ease) * (1 - Math.exp(-5 * t)) + luck + wave(epoch)),
    trainEvalLoss: over((t, epoch) =>
      epoch % 10 === 0 || epoch === epochs ? 2.8 * Math.exp(-3.7 * t) : null,
    ),
    trainEvalAccuracy: over((t, epoch) =>
      epoch % 10 === 0 || epoch === epochs ? 1 - Math.exp(-(3.8 + ease) * t) : null,
    ),
  };
  const gradients = over((t, epoch) => ({
    epoch,
    norms: { 'layers.8.conv1.weight': (0.4 + ease) * Math.exp(-2 * t) * (1 + 5 * wave(epoch)) },
  }));
  const made = exampleRun(curves, { run, gradients });
  const test = { loss: 1.6 + ease, accuracy: 0.5 + 0.3 * ease + luck };
  const calibration = { expectedCalibrationError: 0.21, temperature: 1.9, lossAtTemperature: 1.3 };
  return { ...made, record: { ...made.record, test, calibration } };
}
