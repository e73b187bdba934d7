/** How a sitting ended whose process was ended before it could say so: Slurm's word on the node that it was on. */
import type { JobEnd, SittingRecord } from '../../store/cluster.js';
import type { Slurm } from './commands.js';
import { parseRecords } from './parse.js';

/** `node failure` where its node has gone down since it began, or was started anew; else its job was put back for no known reason. */
export async function endOfLost(
  { node, startedAt }: Pick<SittingRecord, 'node' | 'startedAt'>,
  call: Slurm,
): Promise<JobEnd> {
  return node !== null && (await wentDown(node, startedAt, call)) ? 'node failure' : 'requeued';
}

async function wentDown(node: string, since: string | null, call: Slurm): Promise<boolean> {
  try {
    const [record = {}] = parseRecords(await call('scontrol', ['--oneliner', 'show', 'node', node]));
    const isDown = /DOWN|NOT_RESPONDING|\*|FAIL/.test(record.State ?? '');
    // `2026-11-30T23:59:01` in the cluster's time, which is this process's.
    const started = Date.parse(record.SlurmdStartTime ?? '');
    return isDown || (since !== null && started > Date.parse(since));
  } catch {
    return false; // The controller is away: what is known is that the job was put back.
  }
}
