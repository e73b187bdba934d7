/**
 * In which arithmetic a GPU trains: the variant of its kernels in run.json. `f32`: everything in float32; it is the default, and
 * what verdicts are made with. `f16-products`: pointwise convolutions round their factors to f16 (bounds.ts, matrices.ts).
 */
export const gpuPrecisions = ['f32', 'f16-products'] as const;
export type GpuPrecision = (typeof gpuPrecisions)[number];
