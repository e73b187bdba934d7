/** An adapter as plain data. No type of WebGPU's stands here, so that a user's compiler needs none. */

/** What decides whether and how a Program fits; the names are WebGPU's. Sizes in bytes. */
export const limitNames = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;
export type AdapterLimits = Readonly<Record<(typeof limitNames)[number], number>>;

/** The features that kernels or measurements make use of. None is needed for training in f32. */
export const featureNames = [
  'timestamp-query',
  'shader-f16',
  'subgroups',
  'chromium-experimental-subgroup-matrix',
] as const;
export type FeatureName = (typeof featureNames)[number];

export interface AdapterDescription {
  /** As the driver says it: "NVIDIA H200", "llvmpipe (LLVM 15.0.6, 256 bits)". */
  readonly name: string;
  /** vulkan, metal, d3d12. */
  readonly api: string;
  readonly vendor: string;
  readonly architecture: string;
  /** The driver and its version, as far as it tells. */
  readonly driver: string;
  /** `software`: runs on the CPU, for correctness only. */
  readonly type: 'hardware' | 'software';
  readonly limits: AdapterLimits;
  readonly features: readonly FeatureName[];
  /** Smallest and largest; `null` where there are none. */
  readonly subgroupSizes: readonly [number, number] | null;
  /** "f16 x f16 -> f32, 16x16x16" and the like. */
  readonly subgroupMatrices: readonly string[];
}
