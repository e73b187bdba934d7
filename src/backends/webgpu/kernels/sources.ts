/**
 * Where the factors of a matrix product come from: text that loads quads (four neighbours along a tensor's last axis)
 * and turns what was loaded into the factor's values.
 *
 * A source `p` declares functions
 *   pRow(base, line)                   -> u32     element where a line begins (outside: where the last line does)
 *   pRaw0(row, at), pRaw1(...)         -> vec4f   what lies in memory (outside: anything)
 *   pVector0(replica, at), ...         -> vec4f   what belongs to the quad's channels
 *   pValue(raws..., vectors..., slope) -> vec4f    the factor, but for an activation that `slope` does not tell
 *   pMask(line, at)                    -> vec4<bool>   which of the quad exist (others count as zero)
 * Loading stands apart from the rest so that loads can be under way while the slab before is multiplied: nothing may
 * look at what was loaded (not even to put zeros in its place) before `pValue`, or the threads wait there.
 */

export interface Source {
  readonly raws: number;
  readonly vectors: number;
  /** Whether values go through an activation. */
  readonly activated: boolean;
  readonly declarations: string;
}

/** A matrix [lines, width] in an array of f32, or of vec4f where width and all offsets are multiples of 4. */
export interface Matrix {
  readonly array: string;
  /** Expressions of u32. */
  readonly lines: string;
  readonly width: string;
  readonly vector: boolean;
}

/**
 * `name(row, at) -> vec4f`: a quad of the line that begins at element `row`; outside, anything of that line. Without
 * branches: this text is inlined dozens of times, and lavapipe's compile time grows with the square of the branches.
 */
export function loadQuad(name: string, { array, width, vector }: Matrix): string {
  if (vector) {
    return `
fn ${name}(row: u32, at: u32) -> vec4f { return ${array}[(row + min(at, ${width} - 4u)) / 4u]; }`;
  }
  const lane = (i: number): string => `${array}[row + min(at + ${i}u, ${width} - 1u)]`;
  return `
fn ${name}(row: u32, at: u32) -> vec4f { return vec4f(${[0, 1, 2, 3].map(lane).join(', ')}); }`;
}

/** `name(base, line) -> u32`: the element where a line begins, the last one's where there is none. */
export const rowText = (name: string, { lines, width }: Pick<Matrix, 'lines' | 'width'>): string => `
fn ${name}(base: u32, line: u32) -> u32 { return base + min(line, ${lines} - 1u) * ${width}; }`;

/** `pMask` of a matrix. */
function maskText(p: string, { lines, width, vector }: Matrix): string {
  const inside = vector
    ? `vec4<bool>(at < ${width})`
    : `(vec4u(at) + vec4u(0u, 1u, 2u, 3u) < vec4u(${width}))`;
  return `
fn ${p}Mask(line: u32, at: u32) -> vec4<bool> { return vec4<bool>(line < ${lines}) & ${inside}; }`;
}

/** `name(replica, at)`: a quad of the per-channel array at offset `from`; `otherwise` where there is none. */
export function vectorText(name: string, from: string, half: string, otherwise: string): string {
  return `
fn ${name}(replica: u32, at: u32) -> vec4f {
  if (${from} == none) { return vec4f(${otherwise}); }
  return vectorQuad(replica * u.vectorStride + ${from} + ${half} + at);
}`;
}

/** max(z, slope * z), z = scale * raw + shift; other activations are applied by `curved`, which leaves slope at 1. */
export const viewValue = (p: string): string => `
fn ${p}Value(raw: vec4f, scale: vec4f, shift: vec4f, slope: f32) -> vec4f {
  let z = scale * raw + shift;
  return select(slope * z, z, z > vec4f());
}`;

/**
 * Applies an activation that is not piecewise linear to some quads in a loop that turns them round, so that the switch
 * stands in the text once; `apply(name)` is an expression.
 */
export function curved(names: readonly string[], apply: (name: string) => string): string {
  const [first, ...others] = names;
  const turn = others.map((name, i) => `${names[i]} = ${name};`).join(' ');
  return `for (var turn = 0u; turn < ${names.length}u; turn++) { let turned = ${apply(first)}; ${turn} ${names[names.length - 1]} = turned; }`;
}

/** The vectors of an input view: scale and shift, of `channels` (an expression). */
export const viewVectors = (p: string, channels: string): string =>
  vectorText(`${p}Vector0`, 'u.inputAffine', '0u', '1.0') +
  vectorText(`${p}Vector1`, 'u.inputAffine', channels, '0.0');

/** a * dz + b * raw + c. */
export const gradientValue = (p: string): string => `
fn ${p}Value(dz: vec4f, raw: vec4f, a: vec4f, b: vec4f, c: vec4f, slope: f32) -> vec4f {
  return a * dz + b * raw + c;
}`;

/** The vectors of a gradient view: its coefficients a, b, c, of `channels` (an expression). */
export const gradientVectors = (p: string, channels: string): string =>
  vectorText(`${p}Vector0`, 'u.coefficients', '0u', '1.0') +
  vectorText(`${p}Vector1`, 'u.coefficients', channels, '0.0') +
  vectorText(`${p}Vector2`, 'u.coefficients', `2u * ${channels}`, '0.0');

/** Values of an input view. */
export function viewSource(p: string, matrix: Matrix): Source {
  return {
    raws: 1,
    vectors: 2,
    activated: true,
    declarations:
      rowText(`${p}Row`, matrix) +
      loadQuad(`${p}Raw0`, matrix) +
      maskText(p, matrix) +
      viewVectors(p, matrix.width) +
      viewValue(p),
  };
}

/**
 * Values of a gradient view: dz and raw in the arrays `dz` and `raw`.
 * @param vectors text of the functions that give its coefficients
 */
export function gradientSource(
  p: string,
  matrix: Omit<Matrix, 'array'>,
  vectors = gradientVectors(p, matrix.width),
): Source {
  return {
    raws: 2,
    vectors: 3,
    activated: false,
    declarations:
      rowText(`${p}Row`, matrix) +
      loadQuad(`${p}Raw0`, { ...matrix, array: 'dz' }) +
      loadQuad(`${p}Raw1`, { ...matrix, array: 'raw' }) +
      maskText(p, { ...matrix, array: '' }) +
      vectors +
      gradientValue(p),
  };
}

/** A matrix as it lies in memory. */
export function plainSource(p: string, matrix: Matrix): Source {
  return {
    raws: 1,
    vectors: 0,
    activated: false,
    declarations: `${rowText(`${p}Row`, matrix)}${loadQuad(`${p}Raw0`, matrix)}${maskText(p, matrix)}
fn ${p}Value(raw: vec4f, slope: f32) -> vec4f { return raw; }`,
  };
}
