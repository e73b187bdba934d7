/**
 * What identifies a run. The fingerprint covers all that decides its result: the resolved configuration, the seed, the
 * dataset's checksum. Left out are keys that change no result, and the number of epochs where the schedule does not
 * look at it: there the first epochs of a longer run ARE the shorter run, so that a study with more epochs finds the
 * shorter run under the same name and continues it from its checkpoint.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { dependsOnTotal } from '../optim/schedule.js';
import { configurationInput, configurationSchema } from './configuration.js';
import { listKeys } from './keys.js';
import { canonicalJson, isPlainObject, removePath } from './paths.js';
import type { CommandConfiguration, RunConfiguration, RunSeed } from './types.js';

/** What a run depends on beside its configuration and seed. */
export interface RunInputs {
  readonly datasetChecksum: string;
  /** sha256 of the file that `training.initial` names, by that name. */
  readonly initialChecksums?: Readonly<Record<string, string>> | undefined;
  /** sha256 of the files that `trainer.files` names, by those names. */
  readonly trainerFiles?: Readonly<Record<string, string>> | undefined;
}

const withoutEffect = listKeys(configurationSchema)
  .filter((one) => !one.changesResults)
  .map((one) => one.path.split('.'));

/** Keys that came after runs had been made: at the value that those runs had they are left out, so that runs keep their names. */
const addedLater = [{ path: ['network', 'pooling'], before: 'average' }] as const;

/** The parts of a configuration and seed that decide a result, with a per-seed split resolved to its seed. */
function identity(
  configuration: RunConfiguration,
  seed: RunSeed,
  inputs: RunInputs,
): Record<string, unknown> {
  if (configuration.command !== undefined) return commandIdentity(configuration.command, seed, inputs);
  const input = configurationInput(configuration);
  for (const path of withoutEffect) removePath(input, path);
  for (const { path, before } of addedLater) if (valueAt(input, path) === before) removePath(input, path);
  if (continuesWithMoreEpochs(configuration)) removePath(input, ['training', 'epochs']);
  const { splitSeed } = configuration.dataset;
  const { initial } = configuration.training;
  const initialChecksum = initial === null ? undefined : inputs.initialChecksums?.[initial];
  return {
    version: 1,
    configuration: {
      ...input,
      dataset: { ...configuration.dataset, splitSeed: splitSeed === 'per-seed' ? seed.label : splitSeed },
      training: {
        ...(input.training as Record<string, unknown>),
        ...(initialChecksum === undefined ? {} : { initial: { sha256: initialChecksum } }),
      },
    },
    seed: { data: seed.data, initial: seed.initial },
    dataset: inputs.datasetChecksum,
  };
}

/** A command's result is decided by its arguments, their values, its seed, and the files that it is made of. */
function commandIdentity(
  { command, values }: CommandConfiguration,
  { data, initial }: RunSeed,
  { trainerFiles = {} }: RunInputs,
): Record<string, unknown> {
  return { version: 1, command, values, seed: { data, initial }, files: trainerFiles };
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce((value, name) => (isPlainObject(value) ? value[name] : undefined), root);
}

/** sha256 (hex) of all that decides a run's result. */
export function fingerprint(
  configuration: RunConfiguration,
  seed: RunSeed,
  inputs: RunInputs | string,
): string {
  const all = typeof inputs === 'string' ? { datasetChecksum: inputs } : inputs;
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(identity(configuration, seed, all)))));
}

/** Whether a run with this configuration goes on, rather than starting anew, when the study asks for more epochs. */
export function continuesWithMoreEpochs(configuration: RunConfiguration): boolean {
  return configuration.command === undefined && !dependsOnTotal(configuration.schedule);
}
