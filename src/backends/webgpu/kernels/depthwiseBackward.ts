/**
 * Depthwise 3x3, both gradients in one pass: each value of dY that an input's gradient takes, times that input, is also a
 * part of the filter's gradient, so nothing is read for it.
 *
 * By the input: dz of the input = (what reaches it) * act'(z), and per piece of 64 rows its sums and those of
 * dz * (raw - mean). By the filter: partial[piece, channel, tap] over pieces of input rows. A thread adds its rows in
 * ascending order, piece by piece of 64; the 16 threads of a channel are added in ascending order.
 *
 * Where it finishes the sums of the gradient's own batch-norm, every workgroup adds them for its channels: thread q of the 16
 * takes the pieces q, q + 16, ...; the first workgroup of each channel writes the gradients of gamma and beta.
 */
import { type Kernel, kernelOf } from '../kernel.js';
import {
  type DepthwiseForm,
  depthwiseHeader,
  depthwiseName,
  filterText,
  loadFilters,
  pixelText,
  placeText,
  range,
  totalOfParts,
} from './depthwise.js';
import { gradientFormula } from './finish.js';

/** In binding order; `output` is dz of the input, `partials` holds the filter's. */
export const depthwiseBackwardBindings = [
  'dz',
  'raw',
  'vectors',
  'parameters',
  'targetRaw',
  'output',
  'sums',
  'partials',
] as const;

/** Rows of the input in a piece of the filter's gradient: about 1,024 workgroups for one replica; by the shape only. */
export function depthwisePieceRows(rows: number, channels: number): number {
  const pieces = Math.max(1, Math.floor(1024 / Math.ceil(channels / 32)));
  return Math.max(64, Math.ceil(rows / pieces / 64) * 64);
}

/** Which columns of dY a strip reads, and which of them output i meets at tap column kx. */
function columnsOf({ stride, strip }: Pick<DepthwiseForm, 'stride' | 'strip'>): {
  count: number;
  column: (i: number, kx: number) => number | null;
} {
  if (strip === 1) return { count: 3, column: (_, kx) => kx };
  if (stride === 1) return { count: strip + 2, column: (i, kx) => i + 2 - kx };
  return { count: strip / 2 + 1, column: (i, kx) => ((i + 1 - kx) % 2 === 0 ? (i + 1 - kx) / 2 : null) };
}

/** Where column j of dY lies: `ox<j>`, and whether it exists: `in<j>`. */
function placeColumn({ stride, strip }: Pick<DepthwiseForm, 'stride' | 'strip'>, j: number): string {
  if (strip === 1) {
    return `let at${j} = ix + 1u - ${j}u; let ox${j} = at${j} / stride;
      let in${j} = inRow & (at${j} % stride == 0u) & (ox${j} < u.outWidth);`;
  }
  const ox = stride === 1 ? `ix + ${j}u - 1u` : `ix / 2u + ${j}u`;
  return `let ox${j} = ${ox}; let in${j} = inRow & (ox${j} < u.outWidth);`;
}

const readCoefficients = `let a = vectorUnit(replica, u.coefficients, 0u, unit, 1.0);
  let b = vectorUnit(replica, u.coefficients, 1u, unit, 0.0);
  let c = vectorUnit(replica, u.coefficients, 2u, unit, 0.0);`;

/** Declares a, b, c from the sums of the gradient's batch-norm. */
function finishText({ lanes, quads }: Pick<DepthwiseForm, 'lanes' | 'quads'>): string {
  const threads = 16 * lanes;
  const store = (offset: string, value: string): string =>
    quads
      ? range(4)
          .map((i) => `partials[${offset} + 4u * unit + ${i}u] = ${value}.${'xyzw'[i]};`)
          .join(' ')
      : `partials[${offset} + unit] = ${value};`;
  return `let dzRows = u.batch * u.outHeight * u.outWidth;
  let dzPieces = (dzRows + 63u) / 64u;
  var sum = T();
  var product = T();
  for (var p = lid / lanes; p < dzPieces; p += 16u) {
    let at = u.finishSums / width + (replica * dzPieces + p) * 2u * units + min(unit, units - 1u);
    sum = sum + sums[at];
    product = product + sums[at + units];
  }
  parts[lid] = sum;
  parts[lid + ${threads}u] = product;
  workgroupBarrier();
  sum = T();
  product = T();
  for (var q = 0u; q < 16u; q++) {
    sum = sum + parts[lane + q * lanes];
    product = product + parts[lane + q * lanes + ${threads}u];
  }
  let dzMean = vectorUnit(replica, u.finishSaved, 0u, unit, 0.0);
  let inverse = vectorUnit(replica, u.finishSaved, 1u, unit, 1.0);
  let made = coefficientsOf(parameterUnit(replica, u.gamma, unit), dzMean, inverse, sum, product, f32(dzRows));
  let a = made.a; let b = made.b; let c = made.c;
  if ((wid.x == 0u) & (lid < lanes) & isThere) {
    let start = replica * u.partialStride;
    let gammaGradient = product * inverse;
    ${store('start + u.gammaPartials', 'gammaGradient')}
    ${store('start + u.betaPartials', 'sum')}
  }
  workgroupBarrier();`;
}

export function depthwiseBackwardKernel(form: Omit<DepthwiseForm, 'pieces'>): Kernel {
  return kernelOf(`depthwise backward ${depthwiseName({ ...form, pieces: 1 })}`, () =>
    depthwiseBackwardText(form),
  );
}

function depthwiseBackwardText(form: Omit<DepthwiseForm, 'pieces'>): string {
  const { strip, lanes, quads, finishes, keepsLargest } = form;
  const threads = 16 * lanes;
  const { count, column } = columnsOf(form);
  // The taps of the row ky are w0, w1, w2; after each row the three rows of taps are turned round.
  const turn = `let k0 = w0; let k1 = w1; let k2 = w2;
      ${range(6)
        .map((t) => `w${t} = w${t + 3};`)
        .join(' ')} w6 = k0; w7 = k1; w8 = k2;`;
  const loads = range(count).map(
    (j) => `${placeColumn(form, j)}
      let e${j} = select(0u, (rowAt + ox${j}) * units + unit, in${j});
      let y${j} = select(T(), a * dz[e${j}] + b * raw[select(0u, e${j}, u.coefficients != none)] + c, in${j});`,
  );
  // Strips of one stand in the text once, in a loop that turns the four rows round: software adapters compile it sooner.
  const turnRows = ['v', 'x'].map(
    (n) => `let ${n} = ${n}0; ${n}0 = ${n}1; ${n}1 = ${n}2; ${n}2 = ${n}3; ${n}3 = ${n};`,
  );
  const inLoop = (text: string): string =>
    strip === 1 ? `for (var q = 0u; q < 4u; q++) { ${text}\n${turnRows.join('\n')} }` : text;
  const strips = range(strip === 1 ? 1 : 4 / strip).map((s) => {
    const products = range(strip).flatMap((i) =>
      range(3).flatMap((kx) => {
        const j = column(i, kx);
        const row = s * strip + i;
        return j === null ? [] : [`v${row} = v${row} + y${j} * f${kx}; w${kx} = w${kx} + y${j} * x${row};`];
      }),
    );
    return inLoop(`{
    let r = first + ${strip === 1 ? 'q' : `${s * strip}u`};
    let valid = isThere & (r < rows);
    ${pixelText('r', 'u.inHeight', 'u.inWidth', 'iy', 'ix')}
    for (var ky = 0u; ky < 3u; ky++) {
      let aty = iy + 1u - ky;
      let oy = aty / stride;
      let inRow = valid & (aty % stride == 0u) & (oy < u.outHeight);
      if (inRow) {
      let rowAt = ((replica * u.batch + image) * u.outHeight + oy) * u.outWidth;
      ${loads.join('\n      ')}
      ${range(3)
        .map((kx) => `let f${kx} = filters[(ky * 3u + ${kx}u) * lanes + lane];`)
        .join(' ')}
      ${products.join('\n      ')}
      }
      ${turn}
    }
  }`);
  });
  const isRow = (i: number): string => `isThere & (first + ${i}u < rows)`;
  const inputs = range(4).map(
    (i) => `let t${i} = targetRaw[select(0u, (replica * rows + first + ${i}u) * units + unit, ${isRow(i)})];
    let z${i} = scale * t${i} + shift;
    var x${i} = select(slope * z${i}, z${i}, z${i} > T());`,
  );
  const finish = range(4).map((i) => `v${i} = v${i} * select(T(slope), T(1.0), z${i} > T());`);
  const stores = quads
    ? range(4).map((i) => `partials[start + ${9 * i}u] = total.${'xyzw'[i]};`)
    : ['partials[start] = total;'];
  const largest = largestText(form);
  return `${depthwiseHeader(form)}${filterText(form.quads)}${finishes ? gradientFormula : ''}${keepsLargest ? largest.declarations : ''}
@group(0) @binding(1) var<storage, read> dz: array<T>;
@group(0) @binding(2) var<storage, read> raw: array<T>;
@group(0) @binding(3) var<storage, read> vectors: array<T>;
@group(0) @binding(4) var<storage, read> parameters: array<f32>;
@group(0) @binding(5) var<storage, read> targetRaw: array<T>;
@group(0) @binding(6) var<storage, read_write> output: array<T>;
@group(0) @binding(7) var<storage, read_write> sums: array<T>;
@group(0) @binding(8) var<storage, read_write> partials: array<f32>;
var<workgroup> filters: array<T, ${9 * lanes}>;
var<workgroup> parts: array<T, ${3 * threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3u, ${keepsLargest ? '@builtin(num_workgroups) groups: vec3u, ' : ''}@builtin(local_invocation_index) lid: u32) {
  ${placeText}
  ${loadFilters(threads)}
  workgroupBarrier();
  let rows = u.batch * u.inHeight * u.inWidth;
  let pieceCount = (rows + 63u) / 64u;
  ${finishes ? finishText(form) : readCoefficients}
  let scale = vectorUnit(replica, u.targetAffine, 0u, unit, 1.0);
  let shift = vectorUnit(replica, u.targetAffine, 1u, unit, 0.0);
  let mean = vectorUnit(replica, u.saved, 0u, unit, 0.0);
  let pieces = u.pieceRows / 64u;
  ${range(9)
    .map((t) => `var w${t} = T();`)
    .join(' ')}${keepsLargest ? `\n  ${largest.begin}` : ''}
  let lastPiece = min((wid.x + 1u) * pieces, pieceCount);
  for (var piece = wid.x * pieces; piece < lastPiece; piece++) {
    let first = piece * 64u + (lid / lanes) * 4u;
    ${inputs.join('\n    ')}
    if (isCurved) {
      for (var turn = 0u; turn < 4u; turn++) { let turned = act(code, x0); x0 = x1; x1 = x2; x2 = x3; x3 = turned; }
    }
    ${range(4)
      .map((i) => `x${i} = select(T(), x${i}, ${isRow(i)});`)
      .join(' ')}
    var v0 = T(); var v1 = T(); var v2 = T(); var v3 = T();
    ${strips.join('\n    ')}
    ${finish.join('\n    ')}
    if (isCurved) {
      var y0 = z0; var y1 = z1; var y2 = z2; var y3 = z3;
      for (var turn = 0u; turn < 4u; turn++) {
        let turned = v0 * actDerivative(code, y0);
        v0 = v1; v1 = v2; v2 = v3; v3 = turned;
        y0 = y1; y1 = y2; y2 = y3;
      }
    }
    ${range(4)
      .map(
        (i) =>
          `if (isThere & (first + ${i}u < rows)) { output[(replica * rows + first + ${i}u) * units + unit] = v${i}; }`,
      )
      .join('\n    ')}${keepsLargest ? `\n    ${largest.take}` : ''}
    if (u.sums != none) {
      for (var part = 0u; part < 2u; part++) {
        parts[lid] = (v0 + v1) + (v2 + v3);
        workgroupBarrier();
        ${totalOfParts}
        if ((lid < lanes) & isThere) { sums[u.sums / width + ((replica * pieceCount + piece) * 2u + part) * units + unit] = total; }
        ${range(4)
          .map((i) => `v${i} = select(v${i} * (t${i} - mean), T(), u.saved == none);`)
          .join('\n        ')}
        workgroupBarrier();
      }
    }
  }
  for (var row = 0u; row < 3u; row++) {
    ${range(3)
      .map((kx) => `parts[${kx * threads}u + lid] = w${kx};`)
      .join(' ')}
    workgroupBarrier();
    if ((lid < 3u * lanes) & isThere) {
      var total = T();
      for (var i = 0u; i < 16u; i++) { total = total + parts[lid / lanes * ${threads}u + i * lanes + lane]; }
      let start = replica * u.partialStride + u.partialOffset + wid.x * u.channels * 9u + unit * width * 9u + row * 3u + lid / lanes;
      ${stores.join(' ')}
    }
    workgroupBarrier();
    ${turn}
  }${keepsLargest ? `\n  ${largest.write}` : ''}
}
`;
}

/** The largest |dz| of each channel over the rows of the workgroup, by their bits. */
function largestText({ quads, lanes }: Pick<DepthwiseForm, 'quads' | 'lanes'>) {
  const bits = quads ? 'vec4u' : 'u32';
  return {
    declarations: `
alias B = ${bits};
fn topOf(x: T) -> B { return bitcast<B>(x) & B(0x7fffffffu); }
var<workgroup> tops: array<B, ${16 * lanes}>;`,
    begin: 'var top = B();',
    take: range(4)
      .map((i) => `top = max(top, select(B(), topOf(v${i}), isThere & (first + ${i}u < rows)));`)
      .join(' '),
    write: `tops[lid] = top;
  workgroupBarrier();
  if ((lid < lanes) & isThere) {
    for (var q = 1u; q < 16u; q++) { top = max(top, tops[lane + q * lanes]); }
    sums[u.largest / width + (replica * groups.x + wid.x) * units + unit] = bitcast<T>(top);
  }`,
  };
}
