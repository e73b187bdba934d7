/** Options of the commands that take a study file. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { GpuPrecision } from './library.js';

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

export function vectorBits(text: string): 128 | 256 {
  if (text === '128') return 128;
  if (text === '256') return 256;
  throw new InvalidArgumentError('It must be 128 or 256.');
}

/** In full: with what a GPU must have. */
export function precisionOption(): Option {
  const choices: readonly GpuPrecision[] = ['f32', 'f16-products'];
  return new Option(
    '--precision <precision>',
    'of a GPU; f16-products: pointwise convolutions round their factors to f16, on subgroup matrices (default: f32)',
  ).choices(choices);
}

/** Without a default value, which the help would print. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What every command on a study file takes. */
export function addStudyOptions(command: Command): Command {
  return command
    .option('--data-dir <directory>', 'where the dataset lies (or is put, when it is downloaded)')
    .option('--out <directory>', 'where studies are kept', 'out')
    .option('--workers <n>', 'runs side by side', positiveInteger)
    .option('--threads <n>', 'threads of each run', positiveInteger)
    .option('--set <key=value>', 'override a key of the study file (repeatable; any YAML value)', collect)
    .option('--json', 'print the result as JSON');
}
