/** TensorBoard event files, written from the documented format. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import crc32c from 'crc-32/crc32c.js';

function masked(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One framed record. */
export function record(data: Uint8Array): Uint8Array {
  const all = new Uint8Array(16 + data.length);
  const view = new DataView(all.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(all.subarray(0, 8)), true);
  all.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return all;
}

export function scalarEvent(step: number, tag: string, value: number): Uint8Array {
  const inner = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string(tag)
    .tag(2, WireType.Bit32)
    .float(value)
    .finish();
  const summary = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(inner).finish();
  const event = new BinaryWriter().tag(1, WireType.Bit64).double(1);
  if (step !== 0) event.tag(2, WireType.Varint).int64(step);
  return event.tag(5, WireType.LengthDelimited).bytes(summary).finish();
}

/** A session that starts at a step. */
export function startEvent(step: number): Uint8Array {
  const session = new BinaryWriter().tag(1, WireType.Varint).int32(1).finish();
  return new BinaryWriter()
    .tag(2, WireType.Varint)
    .int64(step)
    .tag(7, WireType.LengthDelimited)
    .bytes(session)
    .finish();
}

/** Records as scalars; the step is what `axis` holds. */
export function eventFile(
  records: readonly Readonly<Record<string, number | string | null>>[],
  axis: string,
): Uint8Array {
  const pieces = records.flatMap((one) =>
    Object.entries(one).flatMap(([tag, value]) => {
      if (tag === axis || value === null) return [];
      const number = typeof value === 'string' ? Number.parseFloat(value) : value;
      return [record(scalarEvent(Number(one[axis]), tag, number))];
    }),
  );
  return Buffer.concat(pieces);
}
