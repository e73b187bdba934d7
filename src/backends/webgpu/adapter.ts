/** An adapter as plain data, and a device of it with all that it can do. Node and browser alike. */
import { workError } from '../../base/errors.js';

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

/**
 * A device with all the adapter's limits and those features that it has. The caller minds `device.lost` and
 * `uncapturederror`. An adapter gives one device only.
 * @throws a work error where the adapter gives none
 */
export async function requestDevice(
  adapter: GPUAdapter,
  { name, driver, features, limits }: AdapterDescription,
): Promise<GPUDevice> {
  try {
    return await adapter.requestDevice({
      // The experimental feature is none of WebGPU's types.
      requiredFeatures: features as readonly string[] as GPUFeatureName[],
      requiredLimits: { ...limits },
    });
  } catch (cause) {
    throw workError({
      what: 'the adapter gives no device',
      where: `${name}, ${driver}`,
      value: (cause as Error).message,
      advice: 'end what else uses the GPU, bring its driver up to date, or train on the CPU',
      cause,
    });
  }
}

/** Subgroup matrices are not in WebGPU's types yet. */
interface MatrixConfiguration {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/**
 * What an adapter can do. In a browser, which tells neither, the name is that of the driver and the interface "browser".
 */
export function describeAdapter(
  adapter: GPUAdapter,
  name: string = adapter.info.description,
  api = 'browser',
): AdapterDescription {
  const { info, limits } = adapter;
  const features = featureNames.filter((feature) => adapter.features.has(feature));
  return {
    name,
    api,
    vendor: info.vendor,
    architecture: info.architecture,
    driver: info.description,
    type: info.isFallbackAdapter ? 'software' : 'hardware',
    limits: Object.fromEntries(limitNames.map((limit) => [limit, limits[limit]])) as AdapterLimits,
    features,
    subgroupSizes: features.includes('subgroups')
      ? [info.subgroupMinSize ?? 0, info.subgroupMaxSize ?? 0]
      : null,
    subgroupMatrices: features.includes('chromium-experimental-subgroup-matrix') ? matricesOf(info) : [],
  };
}

function matricesOf(info: GPUAdapterInfo): string[] {
  const { subgroupMatrixConfigs } = info as { subgroupMatrixConfigs?: readonly MatrixConfiguration[] };
  return [...(subgroupMatrixConfigs ?? [])].map(
    ({ componentType, resultComponentType, M, N, K }) =>
      `${componentType} x ${componentType} -> ${resultComponentType}, ${M}x${N}x${K}`,
  );
}
