/** Slurm's words -> ours: why a task waits, how one ended, and what to do. */
import type { JobEnd } from '../../store/cluster.js';

interface Reason {
  readonly words: string;
  /** It will not begin before somebody does something. */
  readonly stuck?: string;
}

const byAsking = 'change launcher: of the study file, end the jobs with --cancel and submit again';
const released = (what: string): Reason => ({
  words: what,
  stuck:
    'see to the cause, then let them go on (scontrol release JOB), or end them with --cancel and submit again',
});
const impossible = (what: string): Reason => ({ words: what, stuck: byAsking });

/** https://slurm.schedmd.com/job_reason_codes.html */
const reasons: Readonly<Record<string, Reason>> = {
  None: { words: 'not looked at yet' },
  Resources: { words: 'wait for free nodes' },
  Priority: { words: 'wait behind jobs of higher priority' },
  BeginTime: { words: 'requeued, begin again in a moment' },
  Dependency: { words: 'wait for another job' },
  Prolog: { words: 'their node is being prepared' },
  Cleaning: { words: 'their earlier job is still being ended' },
  ReqNodeNotAvail: { words: 'a node that they need is down or reserved' },
  Reservation: { words: 'wait for a reservation to begin' },
  JobArrayTaskLimit: { words: 'as many tasks of the array as may run at once do run' },
  PartitionDown: { words: 'the partition is down' },
  PartitionInactive: { words: 'the partition is inactive' },
  PartitionNodeLimit: impossible('they ask for more nodes than the partition has'),
  PartitionTimeLimit: impossible('they ask for more time than the partition gives (launcher.time)'),
  PartitionConfig: impossible(
    'no node of the partition can give what they ask for (launcher.cpus, memory, gpus)',
  ),
  BadConstraints: impossible('no node has what they ask for (launcher.options)'),
  AccountNotAllowed: impossible('the account may not use this partition (launcher.account)'),
  InvalidAccount: impossible('the account is not known (launcher.account)'),
  InvalidQOS: impossible('the quality of service is not known (launcher.qos)'),
  QOSNotAllowed: impossible('the quality of service is not allowed here (launcher.qos)'),
  JobHeldUser: released('held by their user'),
  JobHeldAdmin: released('held by an administrator'),
  JobHoldMaxRequeue: released('held, because they were requeued too often'),
  launch_failed_requeued_held: released('held, because a node could not begin them'),
  'launch failed requeued held': released('held, because a node could not begin them'),
  QOSMaxJobsPerUserLimit: { words: 'as many of your jobs as may run at once do run' },
  QOSMaxCpuPerUserLimit: { words: 'your jobs use as many cores as they may' },
  QOSMaxGRESPerUser: { words: 'your jobs use as many GPUs as they may' },
  AssocGrpCpuLimit: { words: 'the account uses as many cores as it may' },
  AssocGrpGRES: { words: 'the account uses as many GPUs as it may' },
  AssocGrpCPUMinutesLimit: impossible('the account has no core hours left'),
  AssocGrpBillingMinutes: impossible('the account has no hours left'),
  AssocMaxJobsLimit: { words: 'as many jobs of the account as may run at once do run' },
};

/** Why tasks wait: in our words with Slurm's own word, which is what the cluster's people know; and what to do, where they are stuck. */
export function waitingWords(reason: string): { readonly words: string; readonly advice: string | null } {
  // `ReqNodeNotAvail, UnavailableNodes:n2` and the like.
  const known = reasons[reason] ?? reasons[reason.split(/[,(]/)[0].trim()];
  if (known === undefined) return { words: reason, advice: null };
  const own = reason === 'None' ? known.words : `${known.words} (${reason})`;
  return { words: own, advice: known.stuck ?? null };
}

export interface Ended {
  readonly end: JobEnd;
  /** `17_3`. */
  readonly job: string;
  readonly node: string | null;
  readonly code?: number | undefined;
  readonly signal?: number | undefined;
  /** The last line of its output, where that says more. */
  readonly lastWords?: string | undefined;
  /** Path of its output, for a person. */
  readonly log?: string | undefined;
  /** There is no output. */
  readonly isSilent?: boolean | undefined;
}

const again = 'the same command submits it again, and it goes on from its checkpoint';

/** One or two sentences: what ended the job, and what to do. */
export function endWords({ end, job, node, code, signal, lastWords, log, isSilent }: Ended): string {
  const on = node === null || node === '' ? `the job ${job}` : `the job ${job} on ${node}`;
  const said = lastWords === undefined ? '' : ` Its last words: ${lastWords}`;
  const see = log === undefined ? '' : ` (see ${log})`;
  switch (end) {
    case 'finished':
      return `${on} ended`;
    case 'out of memory':
      return `out of memory: ${on} took more than it was given; raise launcher.memory, then ${again}`;
    case 'time limit':
      return `time limit: ${on} was ended before it could requeue itself; raise launcher.time, or ${again}`;
    case 'node failure':
      return `node failure: ${on} was lost with its node; ${again}`;
    case 'preempted':
      return `preempted: ${on} had to make room for another one; ${again}`;
    case 'requeued':
      return `requeued: ${on} was put back into the queue, and Slurm did not say why; ${again}`;
    case 'cancelled':
      return `cancelled: somebody ended ${on} (scancel); ${again}`;
    case 'exit code': {
      const how =
        signal === undefined || signal === 0 ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
      return `exit code: ${on} ended with ${how}${see}.${said}`;
    }
    case 'launch failed':
      return isSilent
        ? `launch failed: ${on} could not be begun, and there is no output of it at ${log}: see that its node has this folder, on a file system that all nodes share`
        : `launch failed: ${on} could not be begun, or its shell was killed${see}.${said}`;
    case 'unknown':
      return `unknown end: ${on} is no longer in the queue, and no accounts tell how it ended${see}; ${again}.${said}`;
    default:
      return end satisfies never;
  }
}
