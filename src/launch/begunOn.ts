/** Several GPUs: a run that was begun on one of them goes on there, with the same bits. */

import { join } from 'node:path';
import { peekPosition, readRunRecord } from '../store/node/runFiles.js';
import type { Run } from '../study/types.js';
import type { ChosenBackend } from './backend.js';
import { runDirectory } from './status.js';

/** Of several devices at hand, the one on which a run was begun; `null`: none of them, so that any may try. */
export type HomeOf = (run: Run) => ChosenBackend | null;

/** Each run's record is read once, when it is first asked for. */
export function homesOf(directory: string, backends: readonly ChosenBackend[]): HomeOf {
  if (backends.length === 1) return () => null;
  const homes = new Map<string, ChosenBackend | null>();
  return (run) => {
    const known = homes.get(run.id);
    if (known !== undefined) return known;
    const home = begunOn(directory, run, backends);
    homes.set(run.id, home);
    return home;
  };
}

function begunOn(directory: string, run: Run, backends: readonly ChosenBackend[]): ChosenBackend | null {
  const own = runDirectory(directory, run);
  const record = readRunRecord(join(own, 'run.json'));
  if (record?.fingerprint !== run.fingerprint) return null;
  // Stopped within its first epoch it has a checkpoint, and no epoch.
  if (record.epochsDone === 0 && peekPosition(own) === null) return null;
  const device = record.backend?.tiles.device;
  if (device === undefined) return null;
  // Also where its driver is another one by now: then the run says so, there.
  const isHere = (one: ChosenBackend) =>
    one.device === 'webgpu' && device.startsWith(`${one.adapter.name}, `);
  return backends.find(isHere) ?? null;
}
