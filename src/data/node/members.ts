/** The files of a dataset as streams, whether they lie in a directory or in a `.tar.gz`. */
import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import type { ReadableStream, ReadableWritablePair } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import { CeterisError, requestError } from '../../base/errors.js';

/** Bytes that are read and unpacked at a time. */
const chunkBytes = 1 << 18;

/** One file: read `body` to its end before asking for the next. */
export interface Member {
  /** Name without folders. */
  readonly name: string;
  /** Where it lies, for errors. */
  readonly where: string;
  /** Bytes that `body` will give, as announced. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Those of the named files that a directory holds, in the given order. */
export async function* directoryMembers(
  directory: string,
  names: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<Member> {
  for (const name of names) {
    const where = join(directory, name);
    if (!(await isReadable(where))) continue;
    const { size } = await stat(where);
    const body = createReadStream(where, { highWaterMark: chunkBytes, ...(signal && { signal }) });
    yield { name, where, size, body };
  }
}

/**
 * The named files of a `.tar.gz`, in the archive's order, unpacked as they are read: never the whole archive in memory.
 * @param onRead told how many bytes of the archive have been read
 * @throws CeterisError (request) where the archive is cut off or is none
 */
export async function* archiveMembers(
  archive: string,
  names: readonly string[],
  options: { onRead?: (bytes: number) => void; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Member> {
  const { signal, onRead } = options;
  await isReadable(archive);
  const file = createReadStream(archive, { highWaterMark: chunkBytes, ...(signal && { signal }) });
  file.on('data', () => onRead?.(file.bytesRead));
  const unzipped = createGunzip({ chunkSize: chunkBytes });
  // A failure reaches the reader through `unzipped`, which pipeline destroys with it.
  pipeline(file, unzipped, () => {});
  try {
    // Node's declarations of the web streams and the library's differ in their variance only.
    const decoder = createTarDecoder({ strict: true }) as unknown as ReadableWritablePair<
      TarMember,
      Uint8Array
    >;
    const bytes = Readable.toWeb(unzipped) as ReadableStream<Uint8Array>;
    for await (const entry of bytes.pipeThrough(decoder)) {
      const name = basename(entry.header.name);
      if (entry.header.type !== 'file' || !names.includes(name)) {
        // Read to its end: after `cancel()` the decoder never goes on to the next entry.
        for await (const _ of entry.body);
        continue;
      }
      yield {
        name,
        where: `${archive}: ${entry.header.name}`,
        size: entry.header.size,
        body: named(entry.body, (error) => archiveError(archive, error, signal)),
      };
    }
  } catch (error) {
    throw archiveError(archive, error, signal);
  } finally {
    file.destroy();
    unzipped.destroy();
  }
}

/** The same chunks; a failure becomes the error that `describe` makes of it. */
async function* named(
  body: AsyncIterable<Uint8Array>,
  describe: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw describe(error);
  }
}

/** False where there is no such file. Throws a request error where it may not be read. */
async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw requestError({
      what: 'a data file cannot be read',
      where: path,
      value: error instanceof Error ? error.message : String(error),
      advice: 'check its permissions',
      cause: error,
    });
  }
}

interface TarMember {
  readonly header: { readonly name: string; readonly size: number; readonly type?: string };
  readonly body: AsyncIterable<Uint8Array>;
}

function archiveError(archive: string, error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof CeterisError || signal?.aborted) return error;
  return requestError({
    what: 'the archive cannot be unpacked to its end: it is cut off or damaged',
    where: archive,
    rule: 'a whole .tar.gz file',
    value: error instanceof Error ? error.message : String(error),
    advice: 'delete it and fetch it again',
    cause: error,
  });
}
