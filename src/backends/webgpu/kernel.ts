/** What a family of kernels hands to the core: WGSL text, and how it is dispatched. */

/** A compute kernel: its WGSL text. Tiles are constants of the text; shapes are uniforms. One pipeline per key. */
export interface Kernel {
  readonly key: string;
  readonly code: string;
}

const made = new Map<string, Kernel>();

/** The kernel of a key, which says all that its text depends on: the text is made once, however many dispatches have it. */
export function kernelOf(key: string, text: () => string): Kernel {
  const known = made.get(key);
  if (known !== undefined) return known;
  const kernel = { key, code: text() };
  made.set(key, kernel);
  return kernel;
}

/** What kind of kernel it is, its tile left out: `forward`, `depthwise backward`. */
export const kernelKind = ({ key }: Kernel): string =>
  /^[A-Za-z-]+( (gradient|weight|input|data|forward|backward|pool|cross-entropy))*/.exec(key)?.[0] ?? key;

/** One dispatch; `Ref` names a buffer (the core maps it to a GPUBuffer). */
export interface Dispatch<Ref> {
  readonly kernel: Kernel;
  /** In the order of @binding(1), @binding(2), ...; binding 0 is the uniform block. At most 8. */
  readonly bindings: readonly Ref[];
  /** The uniform block, as 32-bit words (floats as their bits), fixed when the Program is planned. */
  readonly uniforms: Uint32Array;
  /** Workgroups; z is the replica. At most 65,535 in each. */
  readonly groups: readonly [number, number, number];
}

/** Workgroups that WebGPU allows in one dimension. */
export const maxGroups = 65_535;
