/** What the cluster still knows of tasks that are over. */

import type { JobEnd, SittingRecord, SubmissionRecord } from '../../store/cluster.js';
import { type Slurm, SlurmError } from './commands.js';
import { endOfLost } from './lost.js';
import { parseExitCode, parseRecords, type QueueTask } from './parse.js';

/** What the cluster still knows of a task: the queue's word, or that of the accounts. */
interface Account {
  readonly state: string;
  readonly reason: string;
  readonly exit: ReturnType<typeof parseExitCode>;
  readonly node: string | null;
}

const nothing: Account = { state: '', reason: '', exit: null, node: null };

/** Asks Slurm about tasks that are over: at most one call of each kind for an array, and none again that had no answer. */
export class Accounts {
  readonly #call: Slurm;
  /** By array, the queue's and the accounts' apart: of one array some tasks may have vanished and others not. */
  readonly #known = new Map<string, Promise<Map<number, Account>>>();
  #hasAccounting = true;

  constructor(call: Slurm) {
    this.#call = call;
  }

  /** @param task as the queue has it, or undefined where it has vanished from there */
  async of(
    { job, tasks }: Pick<SubmissionRecord, 'job' | 'tasks'>,
    index: number,
    task: QueueTask | undefined,
  ): Promise<Account> {
    if (job === null) return nothing;
    const queued =
      task === undefined
        ? nothing
        : { state: task.state, reason: task.reason, exit: null, node: task.nodes || null };
    if (task !== undefined && !task.state.startsWith('FAILED')) return queued;
    const isQueued = task !== undefined;
    const key = `${job} ${isQueued}`;
    const known = this.#known.get(key) ?? this.#ask(job, tasks.length, isQueued);
    this.#known.set(key, known);
    return (await known).get(index) ?? queued;
  }

  /** How a sitting ended that nobody has closed, though its job is over without a word of trouble. */
  endOfLost(sitting: SittingRecord): Promise<JobEnd> {
    return endOfLost(sitting, this.#call);
  }

  /** Forgets what it asked: tasks of the same array may have ended since. */
  again(): void {
    this.#known.clear();
  }

  async #ask(job: number, tasks: number, isQueued: boolean): Promise<Map<number, Account>> {
    try {
      if (isQueued)
        return tasksOfJob(await this.#call('scontrol', ['--oneliner', 'show', 'job', String(job)]));
      if (!this.#hasAccounting) return new Map();
      const fields = 'JobID,State,ExitCode,NodeList';
      const args = ['--noheader', '--parsable2', '--allocations', `--jobs=${job}`, `--format=${fields}`];
      return accountedTasks(await this.#call('sacct', args), tasks);
    } catch (error) {
      if (!(error instanceof SlurmError)) throw error;
      // `Slurm accounting storage is disabled`, or no sacct here.
      if (!isQueued && error.trouble !== 'unreachable') this.#hasAccounting = false;
      return new Map();
    }
  }
}

function tasksOfJob(text: string): Map<number, Account> {
  return new Map(
    parseRecords(text).flatMap((record): [number, Account][] => {
      const index = Number(record.ArrayTaskId);
      if (!Number.isInteger(index)) return [];
      const { JobState: state = '', Reason: reason = '', ExitCode: exit = '', NodeList: node } = record;
      return [[index, { state, reason, exit: parseExitCode(exit), node: node ?? null }]];
    }),
  );
}

/** `17_3|FAILED|3:0|n1` */
const accountLine = /^\d+(?:_(?:(?<index>\d+)|\[(?<indices>[\d,-]+)[^\]]*\]))?\|/;

/**
 * What sacct prints of an array. Of several lines of a requeued task the last counts. Tasks that never began share a line,
 * `17_[0-2,5%2]|CANCELLED by 1000|0:0|None assigned`, or have that of the array, `17|...`, where some of them were ended one by one.
 */
export function accountedTasks(text: string, tasks: number): Map<number, Account> {
  const own: [number, Account][] = [];
  const shared: [number, Account][] = [];
  for (const line of text.split('\n')) {
    const { groups } = accountLine.exec(line.trim()) ?? {};
    if (groups === undefined) continue;
    const [, state, exit = '', node = ''] = line.trim().split('|');
    const nodes = node === '' || node === 'None assigned' ? null : node;
    const account = { state, reason: '', exit: parseExitCode(exit), node: nodes };
    if (groups.index !== undefined) own.push([Number(groups.index), account]);
    else
      for (const index of indicesIn(groups.indices ?? `0-${tasks - 1}`, tasks)) shared.push([index, account]);
  }
  return new Map([...shared, ...own]);
}

/** `0-2,5` -> 0, 1, 2, 5: those that an array of so many tasks has. */
function indicesIn(text: string, tasks: number): number[] {
  return text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    const count = Math.min(last, tasks - 1) - first + 1;
    return Array.from({ length: Math.max(0, count) }, (_, i) => first + i);
  });
}
