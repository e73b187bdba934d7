/** What a cluster can give, held against what a launcher asks for: an impossible job would wait for ever without a word. */
import { spawnSync } from 'node:child_process';
import { requestError } from '../../base/errors.js';
import { maxOf } from '../../base/extremes.js';
import { type LauncherConfiguration, megabytesOf, secondsOfTime, slurmTime } from '../../study/launcher.js';
import { type Slurm, SlurmError } from './commands.js';
import { parseConfig } from './parse.js';

/** Nodes of one kind in one partition. */
export interface NodeKind {
  readonly partition: string;
  readonly isDefault: boolean;
  readonly isUp: boolean;
  /** Seconds; `null`: no limit. */
  readonly timeLimit: number | null;
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
  readonly gpus: number;
}

/** For `sinfo --noheader --exact --format=...`. */
export const nodeFormat = '%P|%a|%l|%c|%m|%G';

export function parseNodes(text: string): NodeKind[] {
  return text.split('\n').flatMap((line) => {
    const [name, state, limit, cpus, memory, gres] = line.trim().split('|');
    if (gres === undefined) return [];
    return [
      {
        partition: name.replace(/\*$/, ''),
        isDefault: name.endsWith('*'),
        isUp: state === 'up',
        timeLimit: secondsOfTime(limit),
        cpus: Number.parseInt(cpus, 10),
        memory: Number.parseInt(memory, 10),
        gpus: gpusIn(gres),
      },
    ];
  });
}

/** `gpu:a100:4(S:0-1),shard:8` has 4. */
function gpusIn(gres: string): number {
  const counts = [...gres.matchAll(/\bgpu(?::[A-Za-z][\w.-]*)?:(\d+)/g)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Limits of the whole cluster. */
export interface ClusterLimits {
  /** Tasks that an array can have. */
  readonly arrayTasks: number;
  /** Jobs that the controller holds, of all users together. */
  readonly jobs: number;
  /** Nobody is shown the jobs of other users (PrivateData). */
  readonly hidesJobs: boolean;
}

/** @throws a `SlurmError` where the controller does not answer */
export async function clusterLimits(call: Slurm): Promise<ClusterLimits> {
  const config = parseConfig(await call('scontrol', ['show', 'config']));
  // MaxArraySize is one more than the highest index.
  const arrayTasks = Math.max(1, Number(config.MaxArraySize ?? 1001) - 1);
  const hidesJobs = /\bjobs\b/i.test(config.PrivateData ?? '');
  return { arrayTasks, jobs: Number(config.MaxJobCount ?? 10_000), hidesJobs };
}

/** Options that decide what this program relies on. */
const ours = ['array', 'job-name', 'output', 'error', 'open-mode', 'parsable', 'wrap', 'signal', 'chdir'];

/** Also by its short name, or by the beginning of its name, which sbatch takes for it. */
function isOurs(option: string): boolean {
  const [, name] = /^--([^=]+)/.exec(option) ?? [];
  return name === undefined ? /^-(a|J|o|e|D)/.test(option) : ours.some((one) => one.startsWith(name));
}

/** @throws a request error where bash cannot read the lines: an open quote or here-document would swallow what comes after them */
export function checkSetup(setup: readonly string[]): void {
  if (setup.length === 0) return;
  // No functions, start files or languages of the user, of which bash might say something too.
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  const input = `${setup.join('\n')}\n`;
  const { status, stderr } = spawnSync('bash', ['-n'], { input, env, encoding: 'utf8' });
  if (status === null) return; // Without a bash here nothing can be said.
  // An open here-document is a warning only.
  if (status === 0 && stderr.trim() === '') return;
  throw requestError({
    what: 'the lines of launcher.setup are no shell script',
    where: 'launcher.setup',
    rule: 'lines that bash can read, together',
    value: stderr
      .replaceAll(/^bash: /gm, '')
      .trim()
      .split('\n')[0],
  });
}

/**
 * @throws a request error where no node of the partition can give what is asked for
 */
export async function checkRequest(launcher: LauncherConfiguration, call: Slurm): Promise<void> {
  const taken = launcher.options.find(isOurs);
  if (taken !== undefined) {
    throw requestError({
      what: 'an option of sbatch belongs to Ceteris',
      where: 'launcher.options',
      rule: 'not array, job-name, output, error, open-mode, parsable, wrap, signal or chdir',
      value: taken,
    });
  }
  checkSetup(launcher.setup);
  let nodes: NodeKind[];
  try {
    nodes = parseNodes(await call('sinfo', ['--noheader', '--exact', `--format=${nodeFormat}`]));
  } catch (error) {
    if (error instanceof SlurmError && error.trouble === 'refused') return; // Some sites hide their nodes.
    throw error;
  }
  if (nodes.length > 0) checkAgainst(launcher, nodes);
}

/** @throws a request error naming the key that asks for too much */
export function checkAgainst(launcher: LauncherConfiguration, nodes: readonly NodeKind[]): void {
  const wanted = launcher.partition ?? process.env.SBATCH_PARTITION ?? null;
  const own = nodes.filter(({ partition, isDefault }) =>
    wanted === null ? isDefault : partition === wanted,
  );
  const names = [...new Set(nodes.map(({ partition }) => partition))];
  if (own.length === 0) {
    throw requestError({
      what: wanted === null ? 'this cluster has no default partition' : 'there is no such partition',
      where: 'launcher.partition',
      rule: `one of ${names.join(', ')}`,
      ...(wanted === null ? {} : { value: wanted }),
    });
  }
  const { partition, timeLimit } = own[0];
  const seconds = launcher.time === null ? null : secondsOfTime(slurmTime(launcher.time));
  if (seconds !== null && timeLimit !== null && seconds > timeLimit) {
    throw tooMuch(
      'time',
      launcher.time!,
      `at most ${slurmTime(`${Math.floor(timeLimit / 60)}m`)} in the partition ${partition}`,
    );
  }
  const most = (of: (kind: NodeKind) => number) => maxOf(own.map(of));
  const memory = launcher.memory === null ? 0 : megabytesOf(launcher.memory);
  if (launcher.cpus > most(({ cpus }) => cpus))
    throw tooMuch(
      'cpus',
      String(launcher.cpus),
      `at most ${most(({ cpus }) => cpus)}, the cores of a node of ${partition}`,
    );
  if (memory > most((kind) => kind.memory))
    throw tooMuch(
      'memory',
      launcher.memory!,
      `at most ${most((kind) => kind.memory)}M, the memory of a node of ${partition}`,
    );
  if (launcher.gpus > most(({ gpus }) => gpus))
    throw tooMuch(
      'gpus',
      String(launcher.gpus),
      `at most ${most(({ gpus }) => gpus)}, the GPUs of a node of ${partition}`,
    );
  const fits = own.some(
    ({ cpus, memory: has, gpus }) => launcher.cpus <= cpus && memory <= has && launcher.gpus <= gpus,
  );
  if (!fits) {
    throw requestError({
      what: 'no node of the partition has all that a job asks for',
      where: 'launcher',
      rule: 'cpus, memory and gpus that one node has together',
      value: `${launcher.cpus} cores, ${launcher.memory ?? 'any memory'}, ${launcher.gpus} GPUs`,
    });
  }
}

function tooMuch(key: string, value: string, rule: string): Error {
  return requestError({
    what: 'a job asks for more than the cluster can give, and would wait for ever',
    where: `launcher.${key}`,
    rule,
    value,
  });
}
