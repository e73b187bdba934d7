/** Files with initial weights: a run that starts from one depends on its bytes, wherever it lies. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { requestError } from '../base/errors.js';
import type { Program } from '../compile/program.js';
import type { ReplicaState } from '../compile/step.js';
import { readSafetensors } from '../store/safetensors.js';
import { fromStateDict } from '../store/weights.js';
import type { Trial } from '../study/types.js';

/** sha256 by the name of each file that the trials start from. @throws a request error where one cannot be read */
export function initialChecksums(trials: readonly Trial[]): Record<string, string> {
  const files = trials.map(({ configuration }) => configuration.training.initial);
  const distinct = [...new Set(files.filter((file) => file !== null))];
  return Object.fromEntries(distinct.map((file) => [file, sha256(readWeights(file))]));
}

/**
 * The state that a file of weights gives.
 * @param expected its sha256 when the run was planned
 * @throws a request error where the file cannot be read, has changed meanwhile, or does not fit the network
 */
export function initialFrom(file: string, program: Program, expected: string | undefined): ReplicaState {
  const bytes = readWeights(file);
  const found = sha256(bytes);
  if (expected !== undefined && found !== expected) {
    throw requestError({
      what: 'the initial weights changed after the study had begun',
      where: file,
      rule: `sha256 ${expected}`,
      value: found,
      advice: 'run the same command again: other weights make another run',
    });
  }
  return fromStateDict(readSafetensors(bytes, file), program.parameters, program.statistics, file);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function readWeights(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw requestError({
      what: 'the initial weights cannot be read',
      where: `training.initial: ${file}`,
      rule: "a safetensors file; its path is taken from the study file's directory",
      value: (cause as NodeJS.ErrnoException).code ?? String(cause),
      cause,
    });
  }
}
