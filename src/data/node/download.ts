/** Downloads one file: with progress, resumed where it broke off, checked, and put in place by one rename. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CeterisError, workError } from '../../base/errors.js';
import type { DataProgress } from '../dataset.js';
import { lockDownload } from './downloadLock.js';

export interface DownloadRequest {
  readonly address: string;
  /** Where the file will lie; `<target>.part` holds what has come so far. */
  readonly target: string;
  /** Expected MD5 (hexadecimal) of the whole file. */
  readonly md5: string;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds before the first new attempt after a broken connection; doubled each time. */
  readonly retryAfter?: number | undefined;
}

/** The server could not be reached, gave no such file, or the connection broke off for good. What came is kept. */
export class DownloadFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DownloadFailure';
  }
}

/** Attempts in a row that bring no byte before a download gives up. */
const fruitlessAttempts = 3;

/**
 * Downloads `address` to `target`. A connection that breaks off is resumed with an HTTP range request, in this call
 * and by later calls; a server without ranges starts over.
 * @throws CeterisError (work) where the disk is full or not writable, the checksum is wrong, or another process is
 *   downloading the same file
 * @throws DownloadFailure where the server refuses, cannot be reached, or breaks off again and again
 */
export async function download(request: DownloadRequest): Promise<void> {
  const part = `${request.target}.part`;
  try {
    await mkdir(dirname(request.target), { recursive: true });
    const unlock = await lockDownload(`${request.target}.lock`);
    try {
      await fetchAndCheck(request, part);
      await rename(part, request.target);
    } finally {
      await unlock();
    }
  } catch (error) {
    throw described(error, request);
  }
}

/** A part of an older version of the file would spoil the sum, so one wrong sum after resuming starts over. */
async function fetchAndCheck(request: DownloadRequest, part: string): Promise<void> {
  const resumed = (await sizeOf(part)) > 0;
  await fetchAll(request, part);
  let sum = await md5Of(part, request.signal);
  if (sum !== request.md5 && resumed) {
    await rm(part);
    await fetchAll(request, part);
    sum = await md5Of(part, request.signal);
  }
  if (sum === request.md5) return;
  await rm(part);
  throw workError({
    what: 'the downloaded file is not the published one',
    where: request.address,
    rule: `md5 ${request.md5}`,
    value: `md5 ${sum}`,
    advice:
      'something between here and the server changes it; it was deleted; try again, or download it by hand',
  });
}

async function fetchAll(request: DownloadRequest, part: string): Promise<void> {
  let fruitless = 0;
  let wait = request.retryAfter ?? 1000;
  for (;;) {
    const before = await sizeOf(part);
    try {
      await fetchRest(request, part, before);
      return;
    } catch (error) {
      if (request.signal?.aborted || error instanceof CeterisError || error instanceof DownloadFailure)
        throw error;
      if (isDiskError(error)) throw error;
      fruitless = (await sizeOf(part)) > before ? 1 : fruitless + 1;
      if (fruitless >= fruitlessAttempts) throw error;
      await sleep(wait, undefined, request.signal && { signal: request.signal });
      wait *= 2;
    }
  }
}

/** One HTTP exchange: appends to the part what is still missing, or rewrites it where the server has no ranges. */
async function fetchRest(request: DownloadRequest, part: string, have: number): Promise<void> {
  // Without `identity` a server may mark the .gz as content-encoded, and fetch would unpack it on the way.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (have > 0) headers.range = `bytes=${have}-`;
  const response = await fetch(request.address, {
    headers,
    ...(request.signal && { signal: request.signal }),
  });
  if (response.status === 416 && have > 0) {
    await response.body?.cancel();
    const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
    if (total === have) return;
    await rm(part);
    throw new Error('the server refused to go on from the part that was there');
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw refused(response);
  }
  const appends = response.status === 206 && startsAt(response) === have;
  if (response.status === 206 && !appends) {
    await response.body.cancel();
    await rm(part, { force: true });
    throw new Error('the server sent another range than the one asked for');
  }
  await writeBody(request, part, response, appends ? have : 0);
}

function startsAt(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

/** 5xx is worth another attempt; anything else is final. */
function refused(response: Response): Error {
  const value = `HTTP ${response.status} ${response.statusText}`;
  if (response.status >= 500) return new Error(value);
  return new DownloadFailure(`${response.url}: the server answered ${value}`);
}

async function writeBody(
  request: DownloadRequest,
  part: string,
  response: Response,
  from: number,
): Promise<void> {
  const length = response.headers.get('content-length');
  const total = length === null ? null : from + Number(length);
  const what = basename(request.target);
  const file = await open(part, from === 0 ? 'w' : 'a');
  let done = from;
  try {
    request.onProgress?.({ phase: 'download', what, done, total });
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      await file.writeFile(chunk);
      done += chunk.length;
      request.onProgress?.({ phase: 'download', what, done, total });
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (total !== null && done !== total)
    throw new Error(`the connection ended after ${done} of ${total} bytes`);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

async function md5Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path, signal && { signal })) hash.update(chunk);
  return hash.digest('hex');
}

const diskErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'the directory is not writable',
  EPERM: 'the directory is not writable',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is no directory',
  EEXIST: 'a part of the path is no directory',
};

function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && ((error as NodeJS.ErrnoException).code ?? '') in diskErrors;
}

function described(error: unknown, request: DownloadRequest): unknown {
  if (error instanceof CeterisError || request.signal?.aborted) return error;
  if (isDiskError(error)) {
    return workError({
      what: `a download cannot be written: ${diskErrors[error.code ?? '']}`,
      where: dirname(request.target),
      value: error.message,
      advice: 'make room or choose another directory with --data-dir; what has come so far is kept',
      cause: error,
    });
  }
  if (error instanceof DownloadFailure) return error;
  const text = error instanceof Error ? error.message : String(error);
  const reason =
    error instanceof Error && error.cause instanceof Error ? `${text} (${error.cause.message})` : text;
  return new DownloadFailure(`${request.address}: ${reason}`, error);
}
