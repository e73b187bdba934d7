/**
 * How a factor's slab of a tile gets into workgroup memory: as quads [depth][extent / 4] along the tile's own side in `tile`, or
 * as halves in `halves`, which keep the source's order.
 */
import { curved, type Source } from './sources.js';

export interface Operand {
  /** Statements before the loop; `slab` quads are loaded by `fetch` and written to `tile` by `store`. */
  readonly setup: string;
  /** Loads the slab that begins at the inner index `k` (an expression) into registers. */
  fetch(k: string): string;
  /** Writes the slab in registers, which begins at `k`, to workgroup memory. */
  store(k: string): string;
  /** Quads between neighbours of the inner dimension in workgroup memory; of halves, between neighbours of the source's lines. */
  readonly stride: number;
  readonly quads: number;
  /** Whether the source's lines lie along the tile, so that neighbours in memory are those of the inner dimension (of halves). */
  readonly isTurned: boolean;
  /** Where the slab begins in its array. */
  readonly at: number;
}

export interface OperandPlace {
  /** Prefix of the source's functions. */
  readonly p: string;
  readonly source: Source;
  /** Side of the tile that this factor spans. */
  readonly extent: number;
  readonly depth: number;
  readonly threads: number;
  /** Where the slab begins in `tile` or `halves`, in quads. */
  readonly at: number;
  /** Name of the power of two by which values are multiplied before they are rounded to halves; none: they stay quads. */
  readonly scale?: string | undefined;
  /** Expressions: first line or column of the tile; element where the replica's tensor begins. */
  readonly first: string;
  readonly base: string;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const lanes = ['x', 'y', 'z', 'w'];

/**
 * Quads of halves between the lines of a slab: an even number, since subgroup matrices are loaded in 16 bytes; two more than
 * are filled, so that neighbouring lines lie in other banks.
 */
const lineQuads = (elements: number): number => elements / 4 + 2;

/** What an activation that `slope` does not tell does to the values. */
const activated = (source: Source, names: readonly string[]): string =>
  source.activated ? `if (isCurved) { ${curved(names, (name) => `activation4(code, ${name})`)} }` : '';

/**
 * The source's lines lie along the tile, its columns along the inner dimension: blocks of 4 x 4 are turned in registers.
 */
export function turnedOperand(place: OperandPlace): Operand {
  const { p, source, extent, depth, threads, at, scale, first, base } = place;
  const perLine = depth / 4;
  const blocks = (extent / 4) * perLine;
  const stride = scale === undefined ? extent / 4 + 1 : lineQuads(depth);
  const slots = range(Math.ceil(blocks / threads));
  // Where one factor leaves threads idle, the other factor gives them work.
  const lid = p === 'b' && blocks < threads ? `((lid + ${threads - blocks}u) % ${threads}u)` : 'lid';
  const guard = (s: number, text: string): string =>
    (s + 1) * threads <= blocks ? text : `if (${p}Block${s} < ${blocks}u) {\n${text}\n}`;
  const setup = slots.map((s) => {
    const raws = range(source.raws).flatMap((i) => range(4).map((q) => `var ${p}r${s}_${i}_${q} = vec4f();`));
    const vectors = range(source.vectors).map((i) => `var ${p}v${s}_${i} = vec4f();`);
    return `let ${p}Block${s} = ${lid} + ${s * threads}u;
let ${p}At${s} = (${p}Block${s} % ${perLine}u) * 4u;
let ${p}Quad${s} = ${p}Block${s} / ${perLine}u;
let ${p}Line${s} = ${first} + ${p}Quad${s} * 4u;
${range(4)
  .map((q) => `let ${p}Row${s}_${q} = ${p}Row(${base}, ${p}Line${s} + ${q}u);`)
  .join(' ')}
${[...raws, ...vectors].join(' ')}`;
  });
  const fetch = (k: string): string =>
    slots
      .map((s) => {
        const raws = range(source.raws).flatMap((i) =>
          range(4).map((q) => `${p}r${s}_${i}_${q} = ${p}Raw${i}(${p}Row${s}_${q}, ${k} + ${p}At${s});`),
        );
        const vectors = range(source.vectors).map(
          (i) => `${p}v${s}_${i} = ${p}Vector${i}(replica, ${k} + ${p}At${s});`,
        );
        return guard(s, [...raws, ...vectors].join('\n'));
      })
      .join('\n');
  const store = (k: string): string =>
    slots
      .map((s) => {
        const values = range(4).map((q) => {
          const raws = range(source.raws).map((i) => `${p}r${s}_${i}_${q}`);
          const vectors = range(source.vectors).map((i) => `${p}v${s}_${i}`);
          return `var w${q} = ${p}Value(${[...raws, ...vectors].join(', ')}, slope);`;
        });
        const masks = range(4).map(
          (q) => `w${q} = select(vec4f(), w${q}, ${p}Mask(${p}Line${s} + ${q}u, ${k} + ${p}At${s}));`,
        );
        const writes = lanes.map((lane, i) =>
          scale === undefined
            ? `tile[${at}u + (${p}At${s} + ${i}u) * ${stride}u + ${p}Quad${s}] = vec4f(w0.${lane}, w1.${lane}, w2.${lane}, w3.${lane});`
            : `halves[${at}u + (${p}Quad${s} * 4u + ${i}u) * ${stride}u + ${p}At${s} / 4u] = vec4<f16>(w${i} * ${scale});`,
        );
        const text = [...values, activated(source, ['w0', 'w1', 'w2', 'w3']), ...masks, ...writes];
        return guard(s, `{\n${text.join('\n')}\n}`);
      })
      .join('\n');
  const quads = (scale === undefined ? depth : extent) * stride;
  return { setup: setup.join('\n'), fetch, store, stride, quads, isTurned: true, at };
}

/** The source's lines lie along the inner dimension, its columns along the tile: quads go as they are. */
export function straightOperand(place: OperandPlace): Operand {
  const { p, source, extent, depth, threads, at, scale, first, base } = place;
  const across = extent / 4;
  const filled = depth * across;
  const stride = scale === undefined ? across : lineQuads(extent);
  const slots = range(Math.ceil(filled / threads));
  const step = threads / across;
  if (!Number.isInteger(step)) throw new Error(`${threads} threads do not cover lines of ${across} quads`);
  const guard = (s: number, text: string): string =>
    (s + 1) * threads <= filled ? text : `if (lid + ${s * threads}u < ${filled}u) {\n${text}\n}`;
  const raws = slots.flatMap((s) => range(source.raws).map((i) => `var ${p}r${s}_${i} = vec4f();`));
  const vectors = range(source.vectors).map((i) => `let ${p}v${i} = ${p}Vector${i}(replica, ${p}At);`);
  const setup = `let ${p}Quad = lid % ${across}u;
let ${p}At = ${first} + ${p}Quad * 4u;
let ${p}Line = lid / ${across}u;
${raws.join(' ')}
${vectors.join('\n')}`;
  const fetch = (k: string): string =>
    slots
      .map((s) =>
        guard(
          s,
          [
            `let ${p}Row${s} = ${p}Row(${base}, ${k} + ${p}Line + ${s * step}u);`,
            ...range(source.raws).map((i) => `${p}r${s}_${i} = ${p}Raw${i}(${p}Row${s}, ${p}At);`),
          ].join('\n'),
        ),
      )
      .join('\n');
  const store = (k: string): string => {
    const values = slots.map((s) => {
      const inputs = [
        ...range(source.raws).map((i) => `${p}r${s}_${i}`),
        ...range(source.vectors).map((i) => `${p}v${i}`),
      ];
      return `var w${s} = ${p}Value(${[...inputs, 'slope'].join(', ')});`;
    });
    const writes = slots.map((s) => {
      const value = `select(vec4f(), w${s}, ${p}Mask(${k} + ${p}Line + ${s * step}u, ${p}At))`;
      const to = `[${at}u + (${p}Line + ${s * step}u) * ${stride}u + ${p}Quad]`;
      return guard(
        s,
        scale === undefined ? `tile${to} = ${value};` : `halves${to} = vec4<f16>(${value} * ${scale});`,
      );
    });
    const names = slots.map((s) => `w${s}`);
    return `{\n${[...values, activated(source, names), ...writes].join('\n')}\n}`;
  };
  return { setup, fetch, store, stride, quads: depth * stride, isTurned: false, at };
}
