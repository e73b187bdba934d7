/** What Slurm's commands print -> plain data. */

/** A task of a job array as the queue has it. */
export interface QueueTask {
  /** Name of its job: of the submission. */
  readonly name: string;
  /** The array's job. */
  readonly job: number;
  /** Index in the array. */
  readonly task: number;
  /** `PENDING`, `RUNNING`, `OUT_OF_MEMORY`, ... */
  readonly state: string;
  /** Why it waits or failed, in Slurm's word; `None` where there is none. */
  readonly reason: string;
  /** Where it runs or ran; '' where it has not begun. */
  readonly nodes: string;
}

/** For `squeue --noheader --array --states=all --format=...`: array job, index, state, reason, nodes, name. */
export const queueFormat = '%F|%K|%T|%r|%N|%j';

/** Lines of another form (remarks of a site's wrapper) are passed over. */
export function parseQueue(text: string): QueueTask[] {
  return text.split('\n').flatMap((line) => {
    const [job, task, state, reason, nodes, ...name] = line.trim().split('|');
    if (name.length === 0 || !/^\d+$/.test(job) || !/^\d+$/.test(task)) return [];
    return [{ job: Number(job), task: Number(task), state, reason, nodes, name: name.join('|') }];
  });
}

/** States in which a task may still do something. */
const live = [
  'PENDING',
  'RUNNING',
  'COMPLETING',
  'CONFIGURING',
  'SUSPENDED',
  'STOPPED',
  'SIGNALING',
  'STAGE_OUT',
  'RESIZING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
];

/** Whether the queue holds it: it waits, runs, or is about to end or to be requeued. */
export function isLive({ state }: Pick<QueueTask, 'state'>): boolean {
  return live.includes(state);
}

/** `Key=value Key=value` of `scontrol --oneliner show`, one record a line. Values may hold blanks. */
export function parseRecords(text: string): Record<string, string>[] {
  return text
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => {
      const parts = line.trim().split(/\s+(?=[A-Za-z][\w:/]*=)/);
      return Object.fromEntries(
        parts.map((part) => {
          const at = part.indexOf('=');
          return [part.slice(0, at), part.slice(at + 1)];
        }),
      );
    });
}

/** `Key   = value` lines of `scontrol show config`. */
export function parseConfig(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value] = /^(\S+)\s+= (.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value.trim()]];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** `3:0` -> code and signal. */
export function parseExitCode(text: string): { readonly code: number; readonly signal: number } | null {
  const [, code, signal] = /^(\d+):(\d+)/.exec(text) ?? [];
  return code === undefined ? null : { code: Number(code), signal: Number(signal) };
}
