/** checkpoint.safetensors: all that resuming needs, in one file that tells when it is damaged. */
import { type CeterisError, type ErrorDetails, workError } from '../base/errors.js';
import { canonicalJson } from '../study/paths.js';
import { fromJson, toJson } from './json.js';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js';
import type { StoredState } from './weights.js';

const version = 1;
const parts = ['parameters', 'statistics', 'optimizer'] as const;

export interface Checkpoint {
  readonly state: StoredState;
  /** The training loop's own, as JSON (numbers may be infinite or NaN). */
  readonly position: unknown;
}

export interface StoredCheckpoint extends Checkpoint {
  /** Sizes in bytes of the run's CSV files when it was written. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** Digest (hex) of pieces of bytes, one after another; sha256 of the platform at hand. */
export type Digest = (pieces: readonly Uint8Array[]) => string;

export function encodeCheckpoint(checkpoint: StoredCheckpoint, digest: Digest): Uint8Array<ArrayBuffer> {
  const { state, position, sizes } = checkpoint;
  const tensors = new Map<string, Tensor>();
  for (const part of parts) {
    for (const [name, values] of state[part])
      tensors.set(`${part}/${name}`, { shape: [values.length], values });
  }
  const described = {
    format: 'ceteris checkpoint',
    version: String(version),
    steps: String(state.steps),
    position: toJson(position),
    sizes: JSON.stringify(sizes),
  };
  const sha256 = contentsDigest(tensors, described, digest);
  return writeSafetensors({ tensors, metadata: { ...described, sha256 } });
}

/**
 * @param file named in errors
 * @throws a work error where the file is truncated or damaged, is no checkpoint, or is of a newer version
 */
export function decodeCheckpoint(bytes: Uint8Array, file: string, digest: Digest): StoredCheckpoint {
  const { tensors, metadata } = whole(() => readSafetensors(bytes, file), file);
  const { sha256, ...described } = metadata;
  if (Number(described.version) > version) {
    throw workError({
      what: 'this checkpoint was written by a newer version of Ceteris',
      where: file,
      rule: `format version at most ${version}`,
      value: described.version,
      advice: 'update Ceteris',
    });
  }
  if (described.format !== 'ceteris checkpoint' || sha256 !== contentsDigest(tensors, described, digest)) {
    throw damaged(file, 'its checksum fits its contents');
  }
  const part = (name: string) => {
    const found = [...tensors].filter(([key]) => key.startsWith(`${name}/`));
    return new Map(found.map(([key, { values }]) => [key.slice(name.length + 1), values as Float32Array]));
  };
  return {
    state: {
      parameters: part('parameters'),
      statistics: part('statistics'),
      optimizer: part('optimizer'),
      steps: Number(described.steps),
    },
    position: fromJson(described.position),
    sizes: JSON.parse(described.sizes) as Record<string, number>,
  };
}

/** The position in a checkpoint's description, without its tensors; `null` where it cannot be told. */
export function positionIn(metadata: Readonly<Record<string, string>>): unknown {
  return metadata.position === undefined ? null : fromJson(metadata.position);
}

function whole<T>(read: () => T, file: string): T {
  try {
    return read();
  } catch (cause) {
    const { details = {}, message } = cause as Partial<CeterisError> & Error;
    const { rule = message, value } = details as Partial<ErrorDetails>;
    throw damaged(file, rule, cause, value);
  }
}

function damaged(where: string, rule: string, cause?: unknown, value?: string): Error {
  return workError({
    what: 'a checkpoint is damaged',
    where,
    rule,
    ...(value === undefined ? {} : { value }),
    advice: 'restore the file from a copy, or delete it: the run then starts again from the beginning',
    cause,
  });
}

/** Over names, shapes, types and values of the tensors in the file's order by name, and the description. */
function contentsDigest(
  tensors: ReadonlyMap<string, Tensor>,
  described: Readonly<Record<string, string>>,
  digest: Digest,
): string {
  const named = [...tensors].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const layout = named.map(([name, { shape, values }]) => [name, shape, values.constructor.name]);
  const head = new TextEncoder().encode(canonicalJson([described, layout]));
  return digest([
    head,
    ...named.map(([, { values }]) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}
