/**
 * Sources of a dense k x k convolution as a matrix product: nothing is laid out in memory, each element is found when it
 * is loaded. An inner index is channel * taps + tap, as PyTorch's OIHW filters have it.
 */
import { gradientValue, type Source, viewValue } from './sources.js';

/** Constants of the text: kernels of different geometry are different pipelines. */
export interface Taps {
  readonly height: number;
  readonly width: number;
  readonly stride: number;
  readonly padding: number;
}

export const tapsName = ({ height, width, stride, padding }: Taps): string =>
  `${height}x${width} s${stride} p${padding}`;

const lanes = [0, 1, 2, 3];
const lane = (i: number): string => 'xyzw'[i];

/** Quads, masks and vectors by `pElement(base, line, at)`, the index of one element or `none`. */
function byElement(p: string, arrays: readonly string[]): string {
  const raws = arrays.map(
    (array, i) => `
fn ${p}Raw${i}(base: u32, line: u32, at: u32) -> vec4f {
  var v = vec4f();
  ${lanes
    .map(
      (l) =>
        `{ let e = ${p}Element(base, line, at + ${l}u); if (e != none) { v.${lane(l)} = ${array}[e]; } }`,
    )
    .join('\n  ')}
  return v;
}`,
  );
  return `${raws.join('')}
fn ${p}Mask(line: u32, at: u32) -> vec4<bool> {
  return vec4<bool>(${lanes.map((l) => `${p}Element(0u, line, at + ${l}u) != none`).join(', ')});
}`;
}

/** Channel quads: the channel of each lane is at / taps. */
function vectors(
  p: string,
  from: string,
  channels: string,
  taps: number,
  otherwise: readonly string[],
): string {
  return otherwise
    .map(
      (value, i) => `
fn ${p}Vector${i}(replica: u32, at: u32) -> vec4f {
  if (${from} == none) { return vec4f(${value}); }
  let first = replica * u.vectorStride + ${from} + ${i}u * ${channels};
  return vec4f(${lanes.map((l) => `vectors[first + (at + ${l}u) / ${taps}u]`).join(', ')});
}`,
    )
    .join('');
}

/** Patches of an input view: line = output row, at = input channel and tap. */
export function patchSource(p: string, taps: Taps, lines: string, width: string): Source {
  const count = taps.height * taps.width;
  const channels = `(${width} / ${count}u)`;
  return {
    raws: 1,
    vectors: 2,
    masked: true,
    declarations: `
fn ${p}Element(base: u32, line: u32, at: u32) -> u32 {
  if (line >= ${lines} || at >= ${width}) { return none; }
  let tap = at % ${count}u;
  let area = u.outHeight * u.outWidth;
  let pixel = line % area;
  let y = (pixel / u.outWidth) * ${taps.stride}u + tap / ${taps.width}u - ${taps.padding}u;
  let x = (pixel % u.outWidth) * ${taps.stride}u + tap % ${taps.width}u - ${taps.padding}u;
  // Left of the map is far right of it in unsigned numbers.
  if (y >= u.inHeight || x >= u.inWidth) { return none; }
  return base + ((line / area * u.inHeight + y) * u.inWidth + x) * ${channels} + at / ${count}u;
}${byElement(p, ['xs'])}${vectors(p, 'u.inputAffine', channels, count, ['1.0', '0.0'])}${viewValue(p)}`,
  };
}

/** Output gradients that reach an input row: line = input row, at = output channel and tap. */
export function reachingSource(p: string, taps: Taps): Source {
  const count = taps.height * taps.width;
  const channels = `(u.inner / ${count}u)`;
  return {
    raws: 2,
    vectors: 3,
    masked: true,
    declarations: `
fn ${p}Element(base: u32, line: u32, at: u32) -> u32 {
  if (line >= u.rows || at >= u.inner) { return none; }
  let tap = at % ${count}u;
  let area = u.inHeight * u.inWidth;
  let pixel = line % area;
  let y = pixel / u.inWidth + ${taps.padding}u - tap / ${taps.width}u;
  let x = pixel % u.inWidth + ${taps.padding}u - tap % ${taps.width}u;
  if (y % ${taps.stride}u != 0u || x % ${taps.stride}u != 0u) { return none; }
  if (y / ${taps.stride}u >= u.outHeight || x / ${taps.stride}u >= u.outWidth) { return none; }
  let row = (line / area * u.outHeight + y / ${taps.stride}u) * u.outWidth + x / ${taps.stride}u;
  return base + row * ${channels} + at / ${count}u;
}${byElement(p, ['dz', 'raw'])}${vectors(p, 'u.coefficients', channels, count, ['1.0', '0.0', '0.0'])}${gradientValue(p)}`,
  };
}

/** Filters for the data gradient: line = output channel and tap, at = input channel. */
export function filterSource(p: string, taps: Taps): Source {
  const count = taps.height * taps.width;
  return {
    raws: 1,
    vectors: 0,
    masked: false,
    declarations: `
fn ${p}Element(base: u32, line: u32, at: u32) -> u32 {
  if (line >= u.inner || at >= u.columns) { return none; }
  return base + (line / ${count}u * u.columns + at) * ${count}u + line % ${count}u;
}${byElement(p, ['parameters'])}
fn ${p}Value(raw: vec4f, code: u32, slope: f32) -> vec4f { return raw; }`,
  };
}
