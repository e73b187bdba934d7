/** A compute kernel: its WGSL text. Tiles are constants of the text; shapes are uniforms. One pipeline per key. */
export interface Kernel {
  readonly key: string;
  readonly code: string;
}

/** One dispatch of a step; `Ref` names a storage buffer (the core maps it to a GPUBuffer). */
export interface Dispatch<Ref> {
  readonly kernel: Kernel;
  /** In the order of @binding(1), @binding(2), ...; binding 0 is the uniform block. At most 8. */
  readonly bindings: readonly Ref[];
  /** The uniform block, as 32-bit words (floats as their bits), fixed when the Program is planned. */
  readonly uniforms: Uint32Array;
  /** Workgroups; z is the replica. At most 65,535 in each. */
  readonly groups: readonly [number, number, number];
}
