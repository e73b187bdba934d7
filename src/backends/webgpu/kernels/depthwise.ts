/**
 * Depthwise 3x3 convolutions, padding 1, stride 1 or 2: what the three kernels share. A thread makes four neighbouring
 * rows (pixels) of one unit of channels (a quad, or one channel where their number is no multiple of 4), in strips
 * along the image's row, so that each value that is read serves up to three of them. 16 threads make a piece of 64 rows.
 */
import { activationText, codeOfText, slopeText } from './activations.js';
import { finishWords } from './finish.js';

/** What a depthwise kernel's text depends on. */
export interface DepthwiseForm {
  readonly stride: 1 | 2;
  /** Neighbouring pixels that are made together: a part of the row's width. No result depends on it. */
  readonly strip: 1 | 2 | 4;
  /** Channels in quads. */
  readonly quads: boolean;
  /** Units of channels that a workgroup makes. No result depends on it. */
  readonly lanes: number;
  /** Pieces of 64 rows that a workgroup makes, one after another. No result depends on it. */
  readonly pieces: number;
  /** Whether the kernel finishes a batch-norm's sums (finish.ts). */
  readonly finishes: boolean;
  /** Whether it leaves the largest |dz| of each channel beside the sums (bounds.ts). */
  readonly keepsLargest: boolean;
}

export function depthwiseName(form: DepthwiseForm): string {
  const { stride, strip, quads, lanes, pieces, finishes, keepsLargest } = form;
  const beside = `${finishes ? ', finishes' : ''}${keepsLargest ? ', largest' : ''}`;
  return `s${stride} strip ${strip} ${quads ? 'quads' : 'single'} ${lanes} lanes, ${pieces} pieces${beside}`;
}

export const depthwiseWords = [
  'batch',
  'inHeight',
  'inWidth',
  'outHeight',
  'outWidth',
  'channels',
  'weightOffset',
  'parameterStride',
  'vectorStride',
  'inputAffine',
  'coefficients',
  'targetAffine',
  'saved',
  /** Element of a replica's vectors that holds the view's activation code, as a float. */
  'slot',
  /** Element at which statistics or sums begin; `none`: they are not wanted. */
  'sums',
  /** Element of the sums' buffer at which the largest |dz| go. */
  'largest',
  /** Rows of a piece of the filter's gradient. */
  'pieceRows',
  /** Where the partial sums of the filter's gradient lie. */
  'partialStride',
  'partialOffset',
  ...finishWords,
] as const;

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Uniforms, activations, and reading vectors by unit of channels; T is the type of a unit. */
export function depthwiseHeader({
  quads,
  lanes,
  stride,
}: Pick<DepthwiseForm, 'quads' | 'lanes' | 'stride'>): string {
  const type = quads ? 'vec4f' : 'f32';
  const suffix = quads ? '4' : '';
  const width = quads ? 4 : 1;
  return `
struct Shape { ${depthwiseWords.map((word) => `${word}: u32`).join(', ')} }
@group(0) @binding(0) var<uniform> u: Shape;
const none = 0xffffffffu;
const lanes = ${lanes}u;
const stride = ${stride}u;
const width = ${width}u;
alias T = ${type};
${activationText(type)}${slopeText}
fn act(code: u32, z: T) -> T { return activation${suffix}(code, z); }
fn actDerivative(code: u32, z: T) -> T { return activationDerivative${suffix}(code, z); }
${codeOfText(quads)}fn vectorUnit(replica: u32, origin: u32, part: u32, unit: u32, otherwise: f32) -> T {
  let there = origin != none;
  let at = (replica * u.vectorStride + origin + part * u.channels) / width + unit;
  return select(T(otherwise), vectors[select(0u, at, there)], there);
}
`;
}

/**
 * `filterUnit(replica, unit, tap)`: a weight of each channel of a unit, from `parameters`; `parameterUnit(replica, origin, unit)`:
 * a unit of a vector there.
 */
export function filterText(quads: boolean): string {
  const every = (distance: number): string =>
    quads
      ? `vec4f(${range(4)
          .map((i) => `parameters[first + ${distance * i}u]`)
          .join(', ')})`
      : 'parameters[first]';
  return `
fn filterUnit(replica: u32, unit: u32, tap: u32) -> T {
  let first = replica * u.parameterStride + u.weightOffset + unit * width * 9u + tap;
  return ${every(9)};
}
fn parameterUnit(replica: u32, origin: u32, unit: u32) -> T {
  let first = replica * u.parameterStride + origin + unit * width;
  return ${every(1)};
}`;
}

/** Loads the filters of the workgroup's channels into `filters` [9, lanes]. Needs a barrier after it. */
export const loadFilters = (threads: number): string => `
  for (var i = lid; i < 9u * lanes; i += ${threads}u) {
    let filterOf = wid.y * lanes + i % lanes;
    if (filterOf < units) { filters[i] = filterUnit(replica, filterOf, i / lanes); }
  }`;

/** Declares `replica`, `units`, `lane`, `unit`, `isThere`, `code`, `slope`, `isCurved`. */
export const placeText = `let replica = wid.z;
  let units = u.channels / width;
  let lane = lid % lanes;
  let unit = wid.y * lanes + lane;
  let isThere = unit < units;
  let code = codeOf(replica);
  let tableSlope = slopeBelow(code);
  let isCurved = tableSlope > 1.5;
  // max(z, slope * z) with slope 1 changes nothing; other activations are applied apart.
  let slope = select(tableSlope, 1.0, isCurved);`;

/** Columns of the input that a strip of outputs reads. */
export const inputColumns = ({ stride, strip }: DepthwiseForm): number => (strip - 1) * stride + 3;

/**
 * Reads the input values x0, x1, ... of tap row `ky` for the strip whose first output is (image, oy, ox): zero outside,
 * after the activation. Needs `valid`, `scale`, `shift`.
 */
export function readInputs(form: DepthwiseForm): string {
  const columns = range(inputColumns(form));
  const names = columns.map((j) => `x${j}`);
  const loads = columns.map(
    (j) => `let inside${j} = inRow & (ox * stride + ${j}u - 1u < u.inWidth);
      let z${j} = scale * xs[select(0u, (rowAt + ${j}u) * units + unit, inside${j})] + shift;
      var x${j} = select(slope * z${j}, z${j}, z${j} > T());`,
  );
  const turn = names.slice(1).map((name, i) => `${names[i]} = ${name};`);
  const curved = `if (isCurved) { for (var turn = 0u; turn < ${names.length}u; turn++) { let turned = act(code, x0); ${turn.join(' ')} ${names[names.length - 1]} = turned; } }`;
  const masks = columns.map((j) => `x${j} = select(T(), x${j}, inside${j});`);
  return `let iy = oy * stride + ky - 1u;
      let inRow = valid & (iy < u.inHeight);
      // Unsigned: at the left border it is one before the row, and not read.
      let rowAt = ((replica * u.batch + image) * u.inHeight + iy) * u.inWidth + ox * stride - 1u;
      ${loads.join('\n      ')}
      ${curved}
      ${masks.join(' ')}`;
}

/** Declares image, oy, ox of row `r` of a map. */
export const pixelText = (r: string, height: string, widthOf: string, y: string, x: string): string =>
  `let image = ${r} / (${height} * ${widthOf});
    let pixel = ${r} - image * (${height} * ${widthOf});
    let ${y} = pixel / ${widthOf};
    let ${x} = pixel - ${y} * ${widthOf};`;

/** Declares `total`, the sum of the 16 threads' sums in `parts`, in the order of pieceSums.ts. */
export const totalOfParts = `var total = parts[lane];
        for (var q = 1u; q < 16u; q++) { total = total + parts[lane + q * lanes]; }`;
