/**
 * TFRecord framing: length (uint64), its masked CRC32C, the data, their masked CRC32C; all little-endian.
 * https://www.tensorflow.org/tutorials/load_data/tfrecord
 */

import crc32c from 'crc-32/crc32c.js';
import { requestError } from '../../base/errors.js';
import type { SourceFile } from '../files/source.js';

const HEAD = 12;
const LONGEST = 2 ** 30;

function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Records with the byte at which each begins. A torn end is told to `torn`. @throws a request error where a checksum fails */
export async function* readRecords(
  file: SourceFile,
  torn: (at: number) => void,
): AsyncGenerator<{ readonly at: number; readonly data: Uint8Array }> {
  let held = new Uint8Array();
  let at = 0;
  for await (const piece of file.read()) {
    held = joinedPair(held, piece);
    let start = 0;
    for (;;) {
      const record = recordAt(file, held, start, at);
      if (record === null) break;
      yield { at, data: record };
      start += HEAD + record.length + 4;
      at += HEAD + record.length + 4;
    }
    held = held.slice(start);
  }
  if (held.length > 0) torn(at);
}

function joinedPair(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** The data of the record that begins at `start`; `null` where it is not whole yet. */
function recordAt(file: SourceFile, bytes: Uint8Array, start: number, at: number): Uint8Array | null {
  if (bytes.length - start < HEAD) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const length = Number(view.getBigUint64(0, true));
  if (view.getUint32(8, true) !== maskedCrc(bytes.subarray(start, start + 8)) || length > LONGEST)
    throw damaged(file, at, 'its length');
  const end = start + HEAD + length + 4;
  if (bytes.length < end) return null;
  const data = bytes.subarray(start + HEAD, end - 4);
  const sum = new DataView(bytes.buffer, bytes.byteOffset + end - 4).getUint32(0, true);
  if (sum !== maskedCrc(data)) throw damaged(file, at, 'its data');
  return data;
}

function damaged(file: SourceFile, at: number, what: string): Error {
  return requestError({
    what: 'an event file is damaged: a checksum does not fit',
    where: `${file.path}, the record at byte ${at}`,
    rule: `the masked CRC32C of ${what}`,
    advice: 'copy the file anew, or leave it out: --leave-out',
  });
}
