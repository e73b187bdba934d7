/** Slurm's own commands: called with a bound on their time, their errors told apart. */
import { spawn } from 'node:child_process';
import { CeterisError } from '../../base/errors.js';

/**
 * `missing`: there is no such command here. `unreachable`: the controller did not answer (in time), so nothing is known,
 * and what was asked for may have been done. `gone`: no job of that number. `refused`: Slurm said no.
 */
export type Trouble = 'missing' | 'unreachable' | 'gone' | 'refused';

/** A command of Slurm that did not do what was asked. */
export class SlurmError extends CeterisError {
  readonly trouble: Trouble;
  /** What Slurm said. */
  readonly said: string;

  constructor(trouble: Trouble, command: string, said: string) {
    super(trouble === 'refused' || trouble === 'missing' ? 'request' : 'work', {
      what: whatOf[trouble](command),
      where: command,
      ...(said === '' ? {} : { value: said }),
      advice: /permission denied/i.test(said)
        ? 'only the user who submitted them may do this'
        : adviceOf[trouble],
    });
    this.trouble = trouble;
    this.said = said;
  }
}

const whatOf: Readonly<Record<Trouble, (command: string) => string>> = {
  missing: (command) => `there is no Slurm here: the command ${command} was not found`,
  unreachable: () => 'the controller of the cluster did not answer',
  gone: () => 'the cluster knows no such job any more',
  refused: (command) => `the cluster refused ${command}`,
};

const adviceOf: Readonly<Record<Trouble, string>> = {
  missing: 'run this on a machine of the cluster (its login node), or train here: --launcher local',
  unreachable:
    'wait a little and give the same command again: jobs go on meanwhile, and none is submitted twice',
  gone: 'give the same command again: it goes by what lies in the study directory',
  refused: 'change what launcher: of the study file asks for, or ask those who run the cluster',
};

const unreachable = [
  /unable to contact slurm controller/i,
  /socket timed out/i,
  /connection refused/i,
  /zero bytes were transmitted/i,
  /transport endpoint/i,
  /backup controller/i,
  /slurm_load_\w+ error: .*(timed? ?out|contact|connect)/i,
  /munge|auth.*credential|protocol authentication/i,
  /communication/i,
  /insane message length|temporarily unavailable|try again/i,
];

/** What Slurm's words on stderr mean. */
export function troubleOf(said: string): Trouble {
  if (/invalid job id|invalid job\b.*specified|doesn't exist/i.test(said)) return 'gone';
  return unreachable.some((one) => one.test(said)) ? 'unreachable' : 'refused';
}

/**
 * Variables that would change what is asked for: those of an outer job (a study that is submitted from inside one), and
 * those that stand for options of sbatch, squeue and the like. What tells where the cluster is, and who pays, stays.
 */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept =
    /^(SLURM_CONF|SLURM_CLUSTERS|SBATCH_(ACCOUNT|PARTITION|QOS|RESERVATION|CONSTRAINT|CLUSTERS|WCKEY))$/;
  const changes = /^(SLURM|SLURMD|SBATCH|SQUEUE|SCANCEL|SACCT|SINFO|SCONTROL)_/;
  const entries = Object.entries(environment).filter(([name]) => kept.test(name) || !changes.test(name));
  // Times and numbers as they are parsed here, whatever the user's language is.
  return { ...Object.fromEntries(entries), LC_ALL: 'C', SLURM_BITSTR_LEN: '0' };
}

export type SlurmCommand = 'sbatch' | 'squeue' | 'scontrol' | 'scancel' | 'sacct' | 'sacctmgr' | 'sinfo';

export interface SlurmOptions {
  /** Seconds after which a command is given up. Default: 60. */
  readonly patience?: number | undefined;
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/** Calls a command of Slurm. */
export type Slurm = (command: SlurmCommand, args: readonly string[]) => Promise<string>;

/** @returns what calls a command and gives its stdout, or throws a `SlurmError` */
export function slurm({ patience = 60, environment = process.env }: SlurmOptions = {}): Slurm {
  const env = cleanEnvironment(environment);
  return (command, args) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let stdout = '';
      let stderr = '';
      let late = false;
      child.stdout.setEncoding('utf8').on('data', (data: string) => {
        stdout += data;
      });
      child.stderr.setEncoding('utf8').on('data', (data: string) => {
        stderr = (stderr + data).slice(-20_000);
      });
      const limit = setTimeout(() => {
        late = true;
        child.kill('SIGKILL');
        // What it started may hold its output open.
        child.stdout.destroy();
        child.stderr.destroy();
      }, 1000 * patience);
      child.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(limit);
        const said = error.code === 'ENOENT' ? '' : error.message;
        reject(new SlurmError('missing', command, said));
      });
      child.on('close', (code) => {
        clearTimeout(limit);
        const said = wordsOf(stderr);
        if (late)
          reject(
            new SlurmError('unreachable', command, `no answer within ${patience} s${said && `; ${said}`}`),
          );
        else if (code !== 0) reject(new SlurmError(troubleOf(stderr), command, said || `exit code ${code}`));
        // Some commands exit 0 with nothing where the controller is away.
        else if (stdout.trim() === '' && unreachable.some((one) => one.test(stderr)))
          reject(new SlurmError('unreachable', command, said));
        else resolve(stdout);
      });
    });
}

/** `sbatch: error: Batch job submission failed: Invalid partition` without its heads, each line once. */
function wordsOf(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^\s*\w+: (error: |fatal: )?/, '').trim())
    .filter((line) => line !== '');
  return [...new Set(lines)].slice(-4).join('; ');
}
