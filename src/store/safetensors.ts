/**
 * The safetensors format: 8 bytes with the header's length (little endian), a JSON header, the tensors' bytes.
 * https://github.com/huggingface/safetensors#format
 */
import * as z from 'zod';
import { workError } from '../base/errors.js';

export type TensorValues = Float32Array | Float64Array | BigInt64Array;

export interface Tensor {
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const headerEntry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
type HeaderEntry = z.infer<typeof headerEntry>;
const metadataEntry = z.record(z.string(), z.string());

/** The format's own limit. */
const longestHeader = 100_000_000;
const bytesOf: Readonly<Record<string, number>> = { F32: 4, F64: 8, I64: 8, F16: 2, BF16: 2 };

function dtypeOf(values: TensorValues): string {
  if (values instanceof Float32Array) return 'F32';
  return values instanceof Float64Array ? 'F64' : 'I64';
}

/** A whole file. Tensors of 8-byte elements come first, so that all lie aligned. */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  const wide = [...tensors].filter(([, { values }]) => values.BYTES_PER_ELEMENT === 8);
  const laid = [...wide, ...[...tensors].filter(([, { values }]) => values.BYTES_PER_ELEMENT !== 8)];
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let offset = 0;
  for (const [name, { shape, values }] of laid) {
    const offsets = [offset, offset + values.byteLength];
    entries.push([name, { dtype: dtypeOf(values), shape, data_offsets: offsets }]);
    offset += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padded = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8 + text.length, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(text, 8);
  let at = 8 + padded;
  for (const [, { values }] of laid) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/**
 * Reads a file of F32, F64 and I64 tensors; F16 and BF16 become float32.
 * @throws a work error where the file is truncated or damaged, or holds another type
 */
export function readSafetensors(file: Uint8Array, where: string): SafetensorsFile {
  const { header, start } = readHeader(file, where);
  const tensors = new Map<string, Tensor>();
  let metadata: Record<string, string> = {};
  const spans: [number, number][] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = checked(metadataEntry, entry, `${where}, metadata`);
      continue;
    }
    const described = checked(headerEntry, entry, `${where}, ${name}`);
    spans.push(described.data_offsets);
    tensors.set(name, readTensor(file, start, described, `${where}, ${name}`));
  }
  checkSpans(spans, file.length - start, where);
  return { tensors, metadata };
}

function damaged(where: string, rule: string, value?: string): Error {
  return workError({
    what: 'a safetensors file is damaged',
    where,
    rule,
    ...(value === undefined ? {} : { value }),
    advice: 'use another copy of the file',
  });
}

function checked<T>(schema: z.ZodType<T>, entry: unknown, where: string): T {
  const result = schema.safeParse(entry);
  if (result.success) return result.data;
  throw damaged(where, result.error.issues[0].message, JSON.stringify(entry).slice(0, 80));
}

function readHeader(file: Uint8Array, where: string): { header: Record<string, unknown>; start: number } {
  if (file.length < 8) throw damaged(where, 'at least 8 bytes', `${file.length} bytes`);
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  if (length > Math.min(longestHeader, file.length - 8)) {
    throw damaged(where, 'the header lies inside the file', `${file.length} bytes, header of ${length}`);
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length)));
  } catch {
    throw damaged(where, 'a JSON header');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw damaged(where, 'a JSON header that maps names to tensors');
  }
  return { header: header as Record<string, unknown>, start: 8 + length };
}

/** The tensors fill the rest of the file, without holes and overlaps. */
function checkSpans(spans: readonly [number, number][], bytes: number, where: string): void {
  let end = 0;
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (from !== end) throw damaged(where, `tensors one after another, the next at ${end}`, `at ${from}`);
    end = to;
  }
  if (end !== bytes) throw damaged(where, `${end} bytes of tensors`, `${bytes} bytes`);
}

function readTensor(file: Uint8Array, start: number, entry: HeaderEntry, where: string): Tensor {
  const { dtype, shape, data_offsets: offsets } = entry;
  const width = bytesOf[dtype];
  if (width === undefined) {
    throw workError({
      what: 'a tensor is of a type that cannot be used here',
      where,
      rule: `one of ${Object.keys(bytesOf).join(', ')}`,
      value: dtype,
    });
  }
  const [from, to] = offsets;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (to - from !== width * elements || start + to > file.length) {
    const found = `${from} to ${to} of ${file.length - start}`;
    throw damaged(where, `${width * elements} bytes inside the file`, found);
  }
  const bytes = Uint8Array.from(file.subarray(start + from, start + to));
  return { shape, values: decode(dtype, bytes.buffer, elements) };
}

function decode(dtype: string, bytes: ArrayBuffer, elements: number): TensorValues {
  if (dtype === 'F32') return new Float32Array(bytes);
  if (dtype === 'F64') return new Float64Array(bytes);
  if (dtype === 'I64') return new BigInt64Array(bytes);
  const halves = new Uint16Array(bytes);
  return Float32Array.from({ length: elements }, (_, i) =>
    dtype === 'BF16' ? bfloat(halves[i]) : half(halves[i]),
  );
}

function bfloat(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0];
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
