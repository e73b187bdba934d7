/** `launcher:` of a study file: what the jobs of a cluster ask for. It changes no result. */
import * as z from 'zod';
import { count, key, natural } from '../base/keys.js';

/** A word that a shell, a path and Slurm's own lists leave whole. */
const word = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:+-]*$/, { error: 'one word, without blanks, commas or slashes' });
const optionalWord = word.nullable().default(null);

/** `90m`, `6h`, `2d`, or as Slurm writes it: `12:00:00`, `1-00:00:00`. */
const time = z.string().regex(/^(\d+(m|h|d)|\d{1,4}:\d\d(:\d\d)?|\d+-\d{1,2}(:\d\d){0,2})$/, {
  error: '90m, 6h, 2d, or as Slurm writes it: 12:00:00, 1-00:00:00',
});

const memory = z.string().regex(/^[1-9]\d*[MGT]$/, { error: 'a whole number with its unit: 800M, 16G' });

export const launcherSchema = z.strictObject({
  name: key(z.literal('slurm'), 'the cluster engine: slurm'),
  partition: key(optionalWord, 'the partition (a queue of the cluster); null: its default'),
  account: key(optionalWord, 'the account that the time is charged to'),
  qos: key(optionalWord, 'the quality of service'),
  time: key(
    time.nullable().default(null),
    "longest time of a job, such as 6h or 1-00:00:00; then it goes on in another one. null: the partition's",
  ),
  cpus: key(count.default(1), 'cores of a job, which are its threads'),
  gpus: key(natural.default(0), 'GPUs of a job'),
  memory: key(memory.nullable().default(null), "memory of a job, such as 4G; null: the cluster's default"),
  arrayLimit: key(
    z.int().min(1).max(100000).nullable().default(null),
    "most tasks of one job array; null: the cluster's limit, at most 1000",
  ),
  runsPerJob: key(
    z.int().min(1).max(10000).nullable().default(null),
    'runs that one task of an array trains, one after another; null: one, and more where the study has over 1000',
  ),
  setup: key(
    z.array(z.string().min(1)).default([]),
    'shell lines of a job before it begins: module load nodejs/22',
  ),
  options: key(
    z.array(z.string().regex(/^--?[A-Za-z]/, { error: 'an option, such as --constraint=a100' })).default([]),
    'more options for sbatch, such as --constraint=a100',
  ),
});

/** A launcher, resolved. */
export interface LauncherConfiguration {
  readonly name: 'slurm';
  readonly partition: string | null;
  readonly account: string | null;
  readonly qos: string | null;
  /** As written. */
  readonly time: string | null;
  readonly cpus: number;
  readonly gpus: number;
  /** As written: `4G`. */
  readonly memory: string | null;
  readonly arrayLimit: number | null;
  readonly runsPerJob: number | null;
  readonly setup: readonly string[];
  readonly options: readonly string[];
}

/** What a study file without `launcher:` asks of a cluster. */
export const plainLauncher: LauncherConfiguration = launcherSchema.parse({ name: 'slurm' });

/** A time as Slurm takes it: `6h` is `6:00:00`; its own forms stand as they are. */
export function slurmTime(text: string): string {
  const [, number, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (number === undefined) return text;
  const minutes = Number(number) * { m: 1, h: 60, d: 1440 }[unit as 'm' | 'h' | 'd'];
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(minutes / 1440)}-${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}:00`;
}

/** Seconds of a time as Slurm writes it (sbatch(1), `--time`); `null` for `infinite` and the like. */
export function secondsOfTime(text: string): number | null {
  const parts = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text);
  if (parts === null) return null;
  const [days, first, second, third] = parts
    .slice(1)
    .map((part) => (part === undefined ? null : Number(part)));
  // With days: hours[:minutes[:seconds]]; without: minutes[:seconds] or hours:minutes:seconds.
  if (days !== null) return 86400 * days! + 3600 * first! + 60 * (second ?? 0) + (third ?? 0);
  if (third !== null) return 3600 * first! + 60 * second! + third!;
  return 60 * first! + (second ?? 0);
}

/** MiB of a memory as written: `4G` is 4096. */
export function megabytesOf(memory: string): number {
  const unit = { M: 1, G: 1024, T: 1024 * 1024 }[memory.slice(-1) as 'M' | 'G' | 'T'];
  return Number(memory.slice(0, -1)) * unit;
}
