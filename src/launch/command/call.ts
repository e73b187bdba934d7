/** How a command is called for one run: its arguments and its environment. */
import { filled, type ownNames } from '../../study/placeholders.js';
import type { CommandTrainer, LevelValue, Run } from '../../study/types.js';
import { namedValue, valueText } from '../../study/values.js';
import type { Gpu } from './gpus.js';
import { tokenVariable } from './processes.js';

export interface CallPlaces {
  /** The folder of the run, which is the command's own. */
  readonly folder: string;
  /** The JSON file with all values. */
  readonly config: string;
}

/** The arguments, every placeholder filled; with those of `resume` where it goes on from a checkpoint. */
export function argumentsOf(
  trainer: CommandTrainer,
  run: Pick<Run, 'trial' | 'seed'>,
  { folder, config }: CallPlaces,
  resumes: boolean,
): string[] {
  const { data, initial, label } = run.seed;
  const own: Readonly<Record<(typeof ownNames)[number], string>> = {
    run: folder,
    config,
    seed: String(label),
    'seed.data': String(data),
    'seed.initial': String(initial),
  };
  const values = valuesOf(run);
  const fill = (name: string) =>
    Object.hasOwn(own, name) ? own[name as keyof typeof own] : valueText(namedValue(values, name) ?? null);
  const all = [...trainer.command, ...(resumes ? (trainer.resume ?? []) : [])];
  return all.map((argument) => filled(argument, fill));
}

/** The values of a run's command, by name. */
export function valuesOf({ trial }: Pick<Run, 'trial'>): Readonly<Record<string, LevelValue>> {
  return trial.configuration.command?.values ?? {};
}

/** What `{config}` holds: all values, the seed, and its streams, which differ where a study varies one of them only. */
export function configText({ trial, seed }: Pick<Run, 'trial' | 'seed'>): string {
  const seeds = { seed: seed.label, 'seed.data': seed.data, 'seed.initial': seed.initial };
  return `${JSON.stringify({ ...valuesOf({ trial }), ...seeds }, null, 2)}\n`;
}

/** Longer values stand in the file only: systems bound what an environment holds. */
const longestValue = 10_000;

export interface CallSurroundings extends CallPlaces {
  readonly study: string;
  readonly token: string;
  /** `null`: as they are visible to this process. */
  readonly gpus: readonly Gpu[] | null;
  /** Of the CPU, where several runs share it; `null`: as many as it takes. */
  readonly threads: number | null;
}

/**
 * The variables of this process, and CETERIS_RUN, _RUN_ID, _STUDY, _TRIAL, _SEED, _CONFIG and one CETERIS_VALUE_<name>
 * each (other characters than letters and digits as _).
 */
export function environmentOf(run: Run, around: CallSurroundings): NodeJS.ProcessEnv {
  const values = Object.entries(valuesOf(run))
    .map(([name, value]) => [`CETERIS_VALUE_${name.replaceAll(/\W/g, '_')}`, valueText(value)] as const)
    .filter(([, text]) => text.length <= longestValue && !text.includes('\0'));
  const { threads, gpus } = around;
  return {
    // What a Python program prints reaches the log as it is printed.
    PYTHONUNBUFFERED: '1',
    ...(threads === null ? {} : { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) }),
    ...process.env,
    ...Object.fromEntries(values),
    CETERIS_RUN: around.folder,
    CETERIS_RUN_ID: run.id,
    CETERIS_STUDY: around.study,
    CETERIS_TRIAL: run.trial.name,
    CETERIS_SEED: String(run.seed.label),
    CETERIS_CONFIG: around.config,
    [tokenVariable]: around.token,
    ...(gpus === null ? {} : { CUDA_VISIBLE_DEVICES: gpus.map(({ device }) => device).join(',') }),
  };
}
