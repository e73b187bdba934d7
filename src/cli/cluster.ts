/** `run` on a cluster: submit, show, follow, cancel; and the command that its jobs run. */
import type { Command } from 'commander';
import type { ClusterEvent, ClusterState, RunStudyOptions, StudyEndedEvent, StudyEvent } from './library.js';
import { print, printJson, remark } from './output.js';
import { onStopSignal } from './signals.js';

export interface ClusterFlags {
  readonly watch?: boolean;
  readonly cancel?: boolean;
  readonly json?: boolean;
}

/**
 * Does what the flags say; tells how the study stands.
 * @returns the study's end where all of its runs have ended, for the table and the report
 */
export async function runOnCluster(
  options: RunStudyOptions,
  flags: ClusterFlags,
): Promise<StudyEndedEvent | null> {
  const library = await import('./library.js');
  if (flags.cancel) {
    await cancel(options, flags);
    return null;
  }
  const abort = new AbortController();
  const release = onStopSignal(() => abort.abort());
  let state: ClusterState | null = null;
  let failures = 0;
  try {
    const pollSeconds = Number(process.env.CETERIS_POLL_SECONDS) || undefined;
    const watch = flags.watch ?? false;
    for await (const event of library.runOnCluster({
      ...options,
      watch,
      pollSeconds,
      signal: abort.signal,
    })) {
      if (event.type === 'cluster-state') state = event;
      if (event.type === 'job-ended' && event.status === 'failed') failures += 1;
      const text = describe(event);
      if (text !== null) remark(text);
    }
  } finally {
    release();
  }
  if (state === null) return null;
  const { done, diverged, failed, total, directory } = state;
  const isOver = done + diverged === total;
  if (abort.signal.aborted) process.exitCode = 130;
  // What failed and was done in another job is no failure any more.
  else if (!isOver && (failed > 0 || failures > 0)) process.exitCode = 1;
  if (isOver) {
    return { type: 'study-ended', directory, done, diverged, failed, interrupted: 0 };
  }
  if (flags.json) printJson(state);
  else print(whatNext(state, flags, abort.signal.aborted));
  return null;
}

async function cancel(options: RunStudyOptions, flags: ClusterFlags): Promise<void> {
  const library = await import('./library.js');
  const cancelled = await library.cancelOnCluster(options);
  const { jobs, tasks, left } = cancelled;
  if (left > 0) process.exitCode = 1;
  if (flags.json) printJson(cancelled);
  else if (tasks === 0) print('the queue has nothing of this study');
  else {
    const rest = left === 0 ? '' : `; ${left} of them still end: look again with the same command`;
    print(`ended: ${plural(tasks, 'task')} of ${jobsText(jobs)}${rest}. What was trained is kept.`);
  }
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
const jobsText = (jobs: readonly number[]) => `${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.join(', ')}`;

/** A line or a few; `null` for what needs none. */
function describe(event: ClusterEvent): string | null {
  switch (event.type) {
    case 'cluster-note':
      return `note: ${event.text}`;
    case 'submitted': {
      const what = `${plural(event.runs, 'run')} in ${plural(event.tasks, 'task')}`;
      return event.job === null
        ? `handed over: ${what}, but the cluster did not say whether it took them: the same command looks for them first`
        : `submitted: ${what}, job ${event.job}`;
    }
    case 'job-ended':
      return event.reason === null && event.status === 'waiting'
        ? null
        : `${event.runId}: ${event.status}${event.reason === null ? '' : `\n  ${event.reason}`}`;
    case 'cluster-state':
      return stateText(event);
    default:
      return event satisfies never;
  }
}

/** `12:03:05  4 of 12 runs done, 3 running on n1, n2, 5 waiting: wait for free nodes (Resources)`. */
function stateText(state: ClusterState): string {
  const { study, done, total, running, nodes, waiting, elsewhere, missing, diverged, failed, stage } = state;
  const search =
    study.selection === null ? '' : stage === 'search' ? ' of the search' : ' of the search and after it';
  const at = new Date().toTimeString().slice(0, 8);
  const parts = [
    `${done} of ${total} runs${search} done`,
    ...(diverged > 0 ? [`${diverged} diverged`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(running > 0
      ? [
          `${running} in running jobs${nodes.length === 0 ? '' : ` on ${nodesText(nodes)}`}${epochsText(state)}`,
        ]
      : []),
    ...waiting.map(({ runs, words }) => `${runs} waiting: ${words}`),
    ...(elsewhere > 0 ? [`${elsewhere} worked on outside of the queue`] : []),
    ...(missing > 0 ? [`${missing} not submitted`] : []),
  ];
  const stuck = [...new Set(waiting.flatMap(({ advice }) => advice ?? []))].map(
    (advice) => `\n  do: ${advice}`,
  );
  return `${at}  ${study.name}: ${parts.join(', ')}${stuck.join('')}`;
}

/** ` (epochs 3 to 7 of 30)`. */
function epochsText({ epochs }: ClusterState): string {
  if (epochs === null) return '';
  const { least, most, of } = epochs;
  const length = of === null ? '' : ` of ${of}`;
  return least === most ? ` (epoch ${most}${length})` : ` (epochs ${least} to ${most}${length})`;
}

const nodesText = (nodes: readonly string[]) =>
  nodes.length <= 4 ? nodes.join(', ') : `${nodes.slice(0, 3).join(', ')} and ${nodes.length - 3} more nodes`;

function whatNext(
  { jobs, missing, failed }: ClusterState,
  { watch }: ClusterFlags,
  detached: boolean,
): string {
  const lines = [
    ...(detached ? ['detached: the jobs go on without this command'] : []),
    ...(jobs.length > 0
      ? [
          `${jobsText(jobs)} in the queue. The same command shows how it stands and submits what is missing; --watch follows it, --cancel ends it.`,
        ]
      : []),
    ...(jobs.length === 0 && missing + failed > 0 && !detached
      ? [
          `nothing of it is in the queue${watch ? ' any more' : ''}: the same command submits what is missing.`,
        ]
      : []),
  ];
  return lines.join('\n');
}

/** Hidden: what a batch script runs. */
export function registerClusterTask(program: Command): void {
  program
    .command('cluster-task', { hidden: true })
    .argument('<submission.json>', 'the record of a submission')
    .description('train the runs of this task of a job array (for the batch scripts that ceteris writes)')
    .action(clusterTask);
}

async function clusterTask(submission: string): Promise<void> {
  const abort = new AbortController();
  let warned = false;
  const progress = (await import('./progress.js')).createProgress(false);
  const release = onStopSignal((signal) => {
    if (!abort.signal.aborted) progress.note(`stopping on ${signal}: what is done is kept`);
    warned ||= signal === 'SIGUSR1' && !abort.signal.aborted;
    abort.abort();
  });
  const library = await import('./library.js');
  const pace = new Pace();
  try {
    const events = library.runJob({
      submission,
      signal: abort.signal,
      warned: () => warned,
      environment: process.env,
      say: (line) => process.stderr.write(`${line}\n`),
    });
    for (;;) {
      const { done, value } = await events.next();
      if (!done) {
        if (pace.lets(value)) progress.show(value);
        continue;
      }
      for (const note of value.notes) progress.note(note);
      if (value.failed > 0) process.exitCode = 1;
      return;
    }
  } finally {
    progress.finish();
    release();
  }
}

/** The output of a thousand jobs lies on one shared disk: of a run's epochs it has one in ten seconds. */
class Pace {
  readonly #last = new Map<string, number>();

  lets(event: StudyEvent): boolean {
    if (event.type !== 'run-epoch') return true;
    const now = performance.now();
    if (now - (this.#last.get(event.runId) ?? Number.NEGATIVE_INFINITY) < 10_000) return false;
    this.#last.set(event.runId, now);
    return true;
  }
}
