import { expect, test } from 'vitest';
import { CeterisError } from '../base/errors.js';
import { type Digest, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js';
import { fromStateDict, toStateDict } from './weights.js';

const tensors = new Map<string, Tensor>([
  ['a.weight', { shape: [2, 1, 3], values: Float32Array.of(1, -0, 3e-45, Number.NaN, 5, 6) }],
  ['a.count', { shape: [], values: BigInt64Array.of(2n ** 62n) }],
  ['b', { shape: [1], values: Float64Array.of(Math.PI) }],
  ['empty', { shape: [0, 4], values: new Float32Array(0) }],
]);

function withHeader(header: unknown, data: number[] = []): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

test('what is written is read again, and lies aligned', () => {
  const bytes = writeSafetensors({ tensors, metadata: { format: 'pt' } });
  const read = readSafetensors(bytes, 'f');
  expect(read.metadata).toEqual({ format: 'pt' });
  expect(new Map(read.tensors)).toEqual(tensors);
  const unaligned = new Uint8Array(bytes.length + 1);
  unaligned.set(bytes, 1);
  expect(new Map(readSafetensors(unaligned.subarray(1), 'f').tensors)).toEqual(tensors);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(length % 8).toBe(0);
});

test('half precision becomes float32', () => {
  const entry = (dtype: string, at: number) => ({ dtype, shape: [2], data_offsets: [at, at + 4] });
  const file = withHeader(
    { h: entry('F16', 0), b: entry('BF16', 4) },
    [0x00, 0x3e, 0x01, 0x00, 0xc0, 0x3f, 0x80, 0xff],
  );
  const read = readSafetensors(file, 'f').tensors;
  expect([...(read.get('h')?.values ?? [])]).toEqual([1.5, 2 ** -24]);
  expect([...(read.get('b')?.values ?? [])]).toEqual([1.5, Number.NEGATIVE_INFINITY]);
});

test('every truncation is refused', () => {
  const bytes = writeSafetensors({ tensors, metadata: {} });
  for (let length = 0; length < bytes.length; length++) {
    expect(() => readSafetensors(bytes.subarray(0, length), 'f'), `${length} bytes`).toThrow(CeterisError);
  }
});

test.each([
  ['a header beyond the file', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 0)],
  ['no JSON', withHeader('{')],
  ['a list', withHeader([])],
  ['no UTF-8', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff)],
  ['a tensor that is null', withHeader({ a: null })],
  ['a negative size', withHeader({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, [0, 0, 0, 0])],
  ['another size', withHeader({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, [0, 0, 0, 0])],
  ['an unknown type', withHeader({ a: { dtype: 'F4', shape: [1], data_offsets: [0, 1] } }, [0])],
  ['a hole', withHeader({ a: { dtype: 'F16', shape: [1], data_offsets: [1, 3] } }, [0, 0, 0])],
  ['bytes left over', withHeader({ a: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } }, [0, 0, 0])],
  ['metadata that is no text', withHeader({ __metadata__: { a: 1 } })],
])('refused: %s', (_, bytes) => {
  expect(() => readSafetensors(bytes, 'weights.safetensors')).toThrow(/weights\.safetensors/);
});

const parameters = [
  { name: 'conv1.weight', shape: [2, 1, 1, 1] },
  { name: 'bn1.weight', shape: [2] },
  { name: 'bn1.bias', shape: [2] },
  { name: 'linear.weight', shape: [1, 2] },
  { name: 'linear.bias', shape: [1] },
];
const statistics = [
  { name: 'bn1.running_mean', elements: 2 },
  { name: 'bn1.running_var', elements: 2 },
];
const state = {
  parameters: new Map(
    parameters.map(({ name, shape }, i) => [
      name,
      new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(i),
    ]),
  ),
  statistics: new Map(statistics.map(({ name }, i) => [name, Float32Array.of(i, 7)])),
  optimizer: new Map([['momentum.conv1.weight', Float32Array.of(0.5, -0)]]),
  steps: 12,
};

test("weights are the state_dict, in PyTorch's order, and start a run again", () => {
  const file = toStateDict(state, parameters);
  expect([...file.tensors.keys()]).toEqual([
    'conv1.weight',
    'bn1.weight',
    'bn1.bias',
    'bn1.running_mean',
    'bn1.running_var',
    'bn1.num_batches_tracked',
    'linear.weight',
    'linear.bias',
  ]);
  expect(file.tensors.get('bn1.num_batches_tracked')).toEqual({ shape: [], values: BigInt64Array.of(12n) });
  const read = readSafetensors(writeSafetensors(file), 'w');
  const started = fromStateDict(read, parameters, statistics, 'w');
  expect(started).toEqual({ ...state, optimizer: new Map(), steps: 0 });
});

test('weights that do not fit name the tensor', () => {
  const without = new Map(toStateDict(state, parameters).tensors);
  without.delete('bn1.bias');
  const start = (changed: ReadonlyMap<string, Tensor>) =>
    fromStateDict({ tensors: changed, metadata: {} }, parameters, statistics, 'w');
  expect(() => start(without)).toThrow(/w, bn1\.bias.*missing/s);
  const whole = toStateDict(state, parameters).tensors;
  const other: Tensor = { shape: [1], values: Float32Array.of(1) };
  expect(() => start(new Map([...whole, ['bn1.bias', other]]))).toThrow(/\[2\].*\[1\]/s);
  expect(() => start(new Map([...whole, ['conv9.weight', other]]))).toThrow(/conv9\.weight/);
});

/** FNV-1a: as good as any for a test. */
const digest: Digest = (pieces) => {
  let hash = 0x811c9dc5;
  for (const piece of pieces) for (const byte of piece) hash = Math.imul(hash ^ byte, 0x01000193);
  return String(hash >>> 0);
};
const position = {
  epoch: 3,
  lossSum: 0.1 + 0.2,
  norms: [Number.POSITIVE_INFINITY, Number.NaN, 1e-300],
  none: null,
};
const sizes = { metrics: 120 };
const checkpoint = encodeCheckpoint({ state, position, sizes }, digest);

test('a checkpoint is read again as it was', () => {
  expect(decodeCheckpoint(checkpoint, 'c', digest)).toEqual({ state, position, sizes });
});

test('any flipped bit and any truncation of a checkpoint is noticed', () => {
  const headerEnd = 8 + Number(new DataView(checkpoint.buffer).getBigUint64(0, true));
  for (let at = 0; at < checkpoint.length; at++) {
    const copy = checkpoint.slice();
    copy[at] ^= 1 << (at % 8);
    // Only the padding of the header, blanks before and after, carries nothing.
    if (at < headerEnd && checkpoint[at] === 0x20 && isBlank(copy[at])) continue;
    expect(() => decodeCheckpoint(copy, 'c', digest), `byte ${at}`).toThrow(/checkpoint/);
  }
  for (let length = 0; length < checkpoint.length; length++) {
    expect(() => decodeCheckpoint(checkpoint.subarray(0, length), 'c', digest)).toThrow(/start.* again/);
  }
});

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
