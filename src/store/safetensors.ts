/**
 * The safetensors format: 8 bytes with the header's length (little endian), a JSON header, the tensors' bytes.
 * https://github.com/huggingface/safetensors#format
 */
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

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const bytesOf: Readonly<Record<string, number>> = { F32: 4, F64: 8, I64: 8, F16: 2, BF16: 2 };

function dtypeOf(values: TensorValues): string {
  if (values instanceof Float32Array) return 'F32';
  return values instanceof Float64Array ? 'F64' : 'I64';
}

export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: dtypeOf(values), shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = JSON.stringify(header);
  const encoded = new TextEncoder().encode(text);
  const head = new TextEncoder().encode(text + ' '.repeat((8 - (encoded.length % 8)) % 8));
  const file = new Uint8Array(8 + head.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  let at = 8 + head.length;
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/** @throws a work error where the file is damaged */
export function readSafetensors(file: Uint8Array, where: string): SafetensorsFile {
  const { header, start } = readHeader(file, where);
  const tensors = new Map<string, Tensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = entry as Record<string, string>;
    else tensors.set(name, readTensor(file, start, entry as HeaderEntry, `${where}, ${name}`));
  }
  return { tensors, metadata };
}

function damaged(where: string, rule: string): Error {
  return workError({
    what: 'a safetensors file is damaged',
    where,
    rule,
    advice: 'use another copy of the file',
  });
}

function readHeader(file: Uint8Array, where: string): { header: Record<string, unknown>; start: number } {
  if (file.length < 8) throw damaged(where, 'at least 8 bytes');
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > file.length - 8) throw damaged(where, 'the header lies inside the file');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length));
    return { header: JSON.parse(text) as Record<string, unknown>, start: 8 + length };
  } catch {
    throw damaged(where, 'a JSON header');
  }
}

function readTensor(file: Uint8Array, start: number, entry: HeaderEntry, where: string): Tensor {
  const { dtype, shape, data_offsets: offsets } = entry;
  const width = bytesOf[dtype];
  if (width === undefined)
    throw damaged(where, `a type among ${Object.keys(bytesOf).join(', ')}; found ${dtype}`);
  const [from, to] = offsets ?? [0, -1];
  const elements = shape.reduce((product, size) => product * size, 1);
  if (to - from !== width * elements || start + to > file.length || from < 0) {
    throw damaged(where, 'as many bytes as the shape says, inside the file');
  }
  // A copy: a Buffer's own slice would be a view, aligned as the file is.
  const bytes = new Uint8Array(file.subarray(start + from, start + to));
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
