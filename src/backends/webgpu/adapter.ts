/** An adapter as plain data, and a device of it with all that it can do. Node and browser alike. */
import { workError } from '../../base/errors.js';
import { type AdapterDescription, type AdapterLimits, featureNames, limitNames } from './description.js';

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
