/** Bytes -> text: gzip unpacked, UTF-8 and UTF-16 told apart, every end of line `\n`. */

import { CeterisError, requestError } from '../../base/errors.js';
import { advise } from '../advice.js';
import { headOf, type SourceFile } from './source.js';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1';
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const;

export interface TextForm {
  readonly compression: 'none' | 'gzip';
  readonly encoding: Encoding;
}

/** What of it is not usual, as a plan says it. */
export function formWords({ compression, encoding }: TextForm): Readonly<Record<string, string>> {
  return {
    ...(compression === 'none' ? {} : { compression }),
    ...(encoding === 'utf-8' ? {} : { encoding }),
  };
}

const OTHERS: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a zip archive (or a spreadsheet)', [0x50, 0x4b, 0x03, 0x04]],
  ['compressed by bzip2', [0x42, 0x5a, 0x68]],
  ['compressed by xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['compressed by zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['a PDF', [0x25, 0x50, 0x44, 0x46]],
];

const begins = (head: Uint8Array, bytes: readonly number[]) => bytes.every((byte, i) => head[i] === byte);

/** Whether a file is packed by gzip, whatever its name. */
export function isGzip(head: Uint8Array): boolean {
  return begins(head, [0x1f, 0x8b]);
}

/** @throws a request error for what is certainly no text */
export async function textFormOf(file: SourceFile, encoding?: Encoding): Promise<TextForm> {
  const raw = await headOf(file, 4096);
  const compression = isGzip(raw) ? 'gzip' : 'none';
  const head = compression === 'gzip' ? await firstOf(unpacked(file), 4096) : raw;
  const other = OTHERS.find(([, bytes]) => begins(head, bytes));
  if (other !== undefined) {
    throw requestError({
      what: `a file is no text: it is ${other[0]}`,
      where: file.path,
      advice: 'unpack it, or save it as CSV',
    });
  }
  return { compression, encoding: encoding ?? encodingOf(head) };
}

function encodingOf(head: Uint8Array): Encoding {
  if (begins(head, [0xff, 0xfe])) return 'utf-16le';
  if (begins(head, [0xfe, 0xff])) return 'utf-16be';
  const zeros = [0, 0];
  for (const [i, byte] of head.entries()) if (byte === 0) zeros[i % 2]! += 1;
  const half = head.length / 4;
  if (zeros[1]! > half && zeros[0] === 0) return 'utf-16le';
  if (zeros[0]! > half && zeros[1] === 0) return 'utf-16be';
  return 'utf-8';
}

async function firstOf(stream: AsyncIterable<Uint8Array>, count: number): Promise<Uint8Array> {
  for await (const piece of stream) if (piece.length > 0) return piece.subarray(0, count);
  return new Uint8Array();
}

/** The bytes of a file, unpacked where they are packed by gzip. @throws a request error where the packed file is torn */
export async function* unpacked(file: SourceFile): AsyncGenerator<Uint8Array> {
  const head = await headOf(file, 2);
  if (!isGzip(head)) {
    yield* file.read();
    return;
  }
  const source = file.read()[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done === true) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
  });
  const reader = stream.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw requestError({
      what: 'a file packed by gzip is torn or damaged',
      where: file.path,
      advice: 'copy it anew, or unpack what can be unpacked',
      cause,
    });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * The text of a file in pieces. `\r\n`, `\r\r\n` and a lone `\r` end a line as `\n` does; a byte order mark is no text.
 * Zero bytes at the end are what a file system leaves of a file that a crash cut off; `onZeros` is told of them.
 * @throws a request error where the bytes are not of this encoding, or zero bytes stand within the text
 */
export async function* textOf(
  file: SourceFile,
  { encoding }: TextForm,
  onZeros?: () => void,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding === 'latin1' ? 'windows-1252' : encoding, { fatal: true });
  let at = 0;
  let held = '';
  const zeros = { met: false, line: 1 };
  for await (const piece of unpacked(file)) {
    const text = held + withoutZeros(file, decode(file, decoder, piece, at, encoding), zeros);
    at += piece.length;
    // A carriage return at the end of a piece may be half of an end of line.
    held = /\r+$/.exec(text)?.[0] ?? '';
    yield unifyEnds(text.slice(0, text.length - held.length));
  }
  if (zeros.met) onZeros?.();
  const rest = held + decode(file, decoder, null, at, encoding);
  if (rest !== '') yield unifyEnds(rest);
}

/** @throws a request error where anything follows a zero byte */
function withoutZeros(file: SourceFile, text: string, state: { met: boolean; line: number }): string {
  const at = state.met ? 0 : text.indexOf('\0');
  if (at < 0) {
    state.line += linesIn(text);
    return text;
  }
  const first = text.slice(0, at);
  state.line += linesIn(first);
  if (!/^\0*$/.test(text.slice(at)) || (first === '' && !state.met && state.line === 1)) {
    throw requestError({
      what: 'a file is no text: it holds zero bytes',
      where: `${file.path}, line ${state.line}`,
      rule: 'text, which may end in zero bytes where a crash cut it off',
      ...advise([
        ['take them out, if a crash left them; name another file, if this one is binary'],
        [{ choice: 'encoding', value: 'utf-16le' }, ', if it is UTF-16 without its mark'],
      ]),
    });
  }
  state.met = true;
  return first;
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function unifyEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r+\n|\r/g, '\n') : text;
}

function decode(
  file: SourceFile,
  decoder: TextDecoder,
  piece: Uint8Array | null,
  at: number,
  encoding: Encoding,
): string {
  try {
    return piece === null ? decoder.decode() : decoder.decode(piece, { stream: true });
  } catch (cause) {
    throw requestError({
      what: `a file is not ${encoding.toUpperCase()} text`,
      where: `${file.path}, ${piece === null ? 'at its end' : `within the ${piece.length} bytes after byte ${at}`}`,
      ...advise([['save it as UTF-8'], [{ choice: 'encoding', value: ENCODINGS.join('|') }]]),
      cause,
    });
  }
}

/** The whole text of a small file. @throws a request error above `limit` bytes */
export async function wholeText(file: SourceFile, limit = 256 * 2 ** 20): Promise<string> {
  if (file.bytes > limit) {
    throw requestError({
      what: 'a file is too large to be read in one piece',
      where: file.path,
      rule: `at most ${limit / 2 ** 20} MiB`,
      value: `${Math.round(file.bytes / 2 ** 20)} MiB`,
    });
  }
  let text = '';
  for await (const piece of textOf(file, await textFormOf(file))) text += piece;
  return text;
}

/** Runs `read`; an error that is not told in our words yet is one of this file. */
export async function inWords<T>(file: SourceFile, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof CeterisError) throw cause;
    throw requestError({
      what,
      where: file.path,
      value: cause instanceof Error ? cause.message.slice(0, 200) : String(cause),
      ...advise([
        ['copy the file anew, where it was not copied whole'],
        [{ choice: 'leaveOut', value: file.path }],
      ]),
      cause,
    });
  }
}
