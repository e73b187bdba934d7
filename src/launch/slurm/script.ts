/** A submission -> what sbatch is told: the batch script of all its tasks, and the options. */
import { type LauncherConfiguration, secondsOfTime, slurmTime } from '../../study/launcher.js';

/** A word of a shell's line, whatever it holds. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

export interface ScriptParts {
  /** Node as it is here; where a node of the cluster has none at that place, the one that `setup` brings into PATH. */
  readonly node: string;
  /** Its arguments. */
  readonly arguments: readonly string[];
  readonly setup: readonly string[];
  /** What it is for, in a comment. */
  readonly about: string;
}

/**
 * The batch script. With setup lines it is a login shell, so that `module` is there; a line of them that fails ends the job
 * with its text in the log. The command takes the shell's place: Slurm sends its warning to the batch shell alone.
 */
export function batchScript({ node, arguments: args, setup, about }: ScriptParts): string {
  const prepare = [
    'set -e',
    `trap 'echo "ceteris: a line of launcher.setup failed, exit code $?: $BASH_COMMAND" >&2' ERR`,
    ...setup,
    // A backslash at the end of the last line takes this empty one.
    '',
    'trap - ERR',
    'set +e',
  ];
  return [
    setup.length === 0 ? '#!/bin/bash' : '#!/bin/bash -l',
    `# ${about.replaceAll(/[\r\n]+/g, ' ')}`,
    '# Until exec a warning is only caught; after it the process below writes a checkpoint.',
    'trap : USR1',
    ...(setup.length === 0 ? [] : prepare),
    `node=${quoted(node)}`,
    `[ -x "$node" ] || node=$(command -v node) || {`,
    `  echo ${quoted(`ceteris: there is no Node on this machine, neither ${node} nor in PATH; launcher.setup can bring one (module load nodejs/22)`)} >&2`,
    '  exit 127',
    '}',
    `exec "$node" ${args.map(quoted).join(' ')}`,
    '',
  ].join('\n');
}

/** Seconds before the time limit at which a job is warned: enough for a checkpoint, and less of a short job. */
export function warningSeconds(time: string | null): number {
  const seconds = time === null ? null : secondsOfTime(slurmTime(time));
  return seconds === null ? 120 : Math.max(10, Math.min(120, Math.floor(seconds / 4)));
}

export interface SubmitRequest {
  readonly name: string;
  readonly tasks: number;
  readonly launcher: LauncherConfiguration;
  /** The folder that the jobs work in. */
  readonly directory: string;
  /** Pattern of the output's path, `%A_%a` for the task. */
  readonly log: { readonly folder: string; readonly file: string };
  readonly script: string;
}

/**
 * The arguments of sbatch. They stand on its command line, where no blank or quote in a path can cut them, and where they
 * come before variables of the environment. The log is appended to, since a requeue would cut it to nothing.
 */
export function submitArguments(request: SubmitRequest): string[] {
  const { launcher, log } = request;
  const one = (option: string, value: string | null) => (value === null ? [] : [`--${option}=${value}`]);
  return [
    '--parsable',
    `--job-name=${request.name}`,
    `--array=0-${request.tasks - 1}`,
    // A per cent sign would begin a pattern.
    `--output=${log.folder.replaceAll('%', '%%')}/${log.file}`,
    '--open-mode=append',
    '--requeue',
    `--signal=B:USR1@${warningSeconds(launcher.time)}`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${launcher.cpus}`,
    ...one('partition', launcher.partition),
    ...one('account', launcher.account),
    ...one('qos', launcher.qos),
    ...one('time', launcher.time === null ? null : slurmTime(launcher.time)),
    ...one('mem', launcher.memory),
    ...(launcher.gpus === 0 ? [] : [`--gpus=${launcher.gpus}`]),
    `--chdir=${request.directory}`,
    '--export=ALL',
    ...launcher.options,
    request.script,
  ];
}
