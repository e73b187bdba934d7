/** run.json of a run that begins, and of one that goes on. */

import { workError } from '../base/errors.js';
import type { BackendDescription } from '../compile/step.js';
import type { RunRecord } from '../store/records.js';
import { waitingRecord } from '../store/waitingRecord.js';
import type { Run } from '../study/types.js';
import { currentVersions, simdFeatures } from './environment.js';
import type { EngineSetup } from './jobs.js';

export function newRecord(run: Run, setup: EngineSetup): RunRecord {
  const { initial } = run.trial.configuration.training;
  const record = waitingRecord(run, setup.dataset.checksum);
  return initial === null ? record : { ...record, initialChecksum: setup.initialChecksums[initial] };
}

/**
 * What of a backend decides bits. The 128-bit and 256-bit kernels of the CPU are one arithmetic, and the check at start holds
 * them together; no tile of their products changes a bit. Nor does one of a GPU's kernels (tuning takes none that would).
 */
function arithmeticOf({ backend, variant, precision, tiles }: Omit<BackendDescription, 'threads'>): string {
  const onCpu = backend === 'wasm';
  const kernels = onCpu && variant === 'wide' ? 'relaxed' : variant;
  const ofBits = (name: string) => (onCpu ? name !== 'product' : backend !== 'webgpu' || name === 'device');
  const others = Object.entries(tiles).filter(([name]) => ofBits(name));
  return [backend, kernels, precision, ...others.map(([name, tile]) => `${name} ${tile}`)].join(' ');
}

/**
 * A run goes on only under an equal record, unless that was allowed: gives the record's changes of variant.
 * @throws a work error under another kernel variant or V8
 */
export function variantChanges(
  record: RunRecord,
  description: BackendDescription,
  allowed: boolean,
): readonly string[] {
  const before = record.backend;
  if (before === null) return [];
  const features = record.host?.features;
  const described = (one: typeof before, v8: string, found: readonly string[] = []) =>
    [arithmeticOf(one), `V8 ${v8}`, ...found].join(', ');
  const was = described(before, record.versions.v8, features);
  const is = described(description, currentVersions().v8, features && simdFeatures());
  if (was === is) return record.variantChanges;
  if (allowed) return [...record.variantChanges, `after epoch ${record.epochsDone}: ${was} -> ${is}`];
  if (
    before.tiles.device !== undefined &&
    description.backend === 'webgpu' &&
    before.tiles.device !== description.tiles.device
  ) {
    throw workError({
      what: 'this run was begun on another GPU, or with another driver',
      where: record.id,
      rule: `equal bits need ${before.tiles.device}`,
      value: description.tiles.device,
      advice:
        'name that GPU (--device "webgpu:NAME"; `ceteris doctor` lists those that are here), or allow it with --allow-variant-change',
    });
  }
  if (
    before.backend === 'webgpu' &&
    description.backend === 'webgpu' &&
    before.variant !== description.variant
  ) {
    throw workError({
      what: 'this run was begun in another precision',
      where: record.id,
      rule: `equal bits need --precision ${before.variant}`,
      value: description.variant,
      advice: `continue it with --precision ${before.variant}, or allow the change with --allow-variant-change`,
    });
  }
  throw workError({
    what: 'this run was begun by another kernel variant',
    where: record.id,
    rule: `equal bits need ${was}`,
    value: is,
    advice:
      'continue on the device, machine and Node that began it (--device cpu is the CPU), or allow it with --allow-variant-change',
  });
}
