/** How a task ended: by its state in the queue or the accounts, and by what Slurm wrote into its output. */
import type { JobEnd } from '../../store/cluster.js';

const byState: Readonly<Record<string, JobEnd>> = {
  COMPLETED: 'finished',
  OUT_OF_MEMORY: 'out of memory',
  TIMEOUT: 'time limit',
  DEADLINE: 'time limit',
  NODE_FAIL: 'node failure',
  BOOT_FAIL: 'node failure',
  PREEMPTED: 'preempted',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
};

export interface Evidence {
  /** Of the queue or the accounts, such as `FAILED` or `CANCELLED by 1000`; '' where neither knows the task any more. */
  readonly state: string;
  /** Slurm's reason beside it. */
  readonly reason: string;
  readonly exit: { readonly code: number; readonly signal: number } | null;
  /** The end of the task's output. */
  readonly tail: string;
}

/** Lines that slurmstepd and slurmd write into the output of a job that they end. */
const marks: readonly (readonly [RegExp, JobEnd])[] = [
  [/oom[-_ ]kill|out of memory handler|exceeded (job|step) memory limit/i, 'out of memory'],
  [/due to time limit/i, 'time limit'],
  [/due to preemption/i, 'preempted'],
  [/due to node failure/i, 'node failure'],
  [/\*\*\* .*cancelled at/i, 'cancelled'],
];

/** The last end that Slurm wrote into an output; `null` where it wrote none. */
export function endInOutput(tail: string): JobEnd | null {
  const lines = tail.split('\n').filter((line) => /slurm|\*\*\*/i.test(line));
  // A job that was killed for its memory is told as cancelled too.
  const found = lines.flatMap((line) => marks.find(([mark]) => mark.test(line))?.[1] ?? []);
  return found.includes('out of memory') ? 'out of memory' : (found.at(-1) ?? null);
}

/** @returns the end, told apart as well as the evidence allows */
export function endOf({ state, reason, exit, tail }: Evidence): JobEnd {
  const [first = ''] = state.split(' ');
  const written = endInOutput(tail);
  // The state of a job whose process the kernel killed for its memory depends on how the cluster watches it.
  if (written === 'out of memory') return written;
  const known = byState[first];
  if (known !== undefined && known !== 'finished') return known;
  if (written !== null && first !== 'COMPLETED') return written;
  if (known !== undefined) return known;
  if (first === 'FAILED') {
    const launch = /launch|RaisedSignal/i.test(reason) || (exit?.code === 0 && exit.signal !== 0);
    return launch ? 'launch failed' : 'exit code';
  }
  return 'unknown';
}

/** The last line of an output that says something of its own: none of Slurm's, and no progress. */
export function lastWordsOf(tail: string): string | undefined {
  const lines = tail.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !/^slurm\w*:|^\*\*\*|^ceteris: sitting|epoch \d+\/\d+/.test(line))
    .at(-1)
    ?.slice(0, 300);
}

/** Begins what one sitting writes into the output of its task, which a requeued job goes on with. */
const sittingMark = 'ceteris: sitting of the job ';

export function sittingHead(job: string, node: string): string {
  return `${sittingMark}${job} on ${node}, ${new Date().toISOString()}`;
}

/** What the last sitting wrote. */
export function lastSitting(output: string): string {
  const at = output.lastIndexOf(sittingMark);
  return at < 0 ? output : output.slice(at);
}
