/** Dawn, the WebGPU implementation that the npm package `webgpu` brings to Node. It is loaded when first needed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type CeterisError, workError } from '../../../base/errors.js';

/** The version that is tested; package.json pins the same. */
export const dawnPackage = 'webgpu@0.6.2';

/**
 * What is asked of Dawn for every device, so that two devices never differ by it: f16 on NVIDIA (hidden there by default),
 * subgroup matrices (experimental, so "unsafe" in Dawn's words), timestamps as the device gives them.
 */
const toggles = [
  'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
  'disable-dawn-features=timestamp_quantization',
];

export interface Dawn {
  /** An entry to adapters; `flags` are Dawn's (`adapter=...`, `backend=...`). */
  readonly create: (flags: readonly string[]) => GPU;
  /** Of the npm package. */
  readonly version: string;
}

/** What `create()` gave: were one collected while a device of it is in use, the process would crash. */
const alive: GPU[] = [];
let loaded: Promise<Dawn> | null = null;

/** @throws a work error where the package or its binary is missing or cannot be loaded here, with what to install */
export function loadDawn(): Promise<Dawn> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Dawn> {
  let module: typeof import('webgpu');
  try {
    module = await import('webgpu');
  } catch (cause) {
    throw dawnIsMissing(cause);
  }
  defineConstants(module.globals as Readonly<Record<string, unknown>>);
  const create = (flags: readonly string[]) => {
    const gpu = module.create([...toggles, ...flags]);
    alive.push(gpu);
    return gpu;
  };
  return { create, version: versionOf() };
}

/** GPUBufferUsage and the like, where this Node has none of its own. */
function defineConstants(globals: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(globals)) {
    if (!(name in globalThis)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }
}

function versionOf(): string {
  const require = createRequire(import.meta.url);
  const description = join(require.resolve('webgpu'), '..', 'package.json');
  return (JSON.parse(readFileSync(description, 'utf8')) as { version: string }).version;
}

/** What loading the package threw, as an error with what to do. */
export function dawnIsMissing(cause: unknown): CeterisError {
  const { code, message } = cause as { code?: string; message?: string };
  const platform = `${process.platform}-${process.arch}`;
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return workError({
      what: 'WebGPU is not installed: the optional package `webgpu` is missing',
      advice: `npm install ${dawnPackage} (or npm ci without --omit=optional), or --device cpu`,
      cause,
    });
  }
  if (code === 'MODULE_NOT_FOUND') {
    return workError({
      what: 'the package `webgpu` has no binary for this machine',
      where: platform,
      rule: 'linux-x64, linux-arm64, darwin, win32-x64 or win32-arm64',
      advice: '--device cpu, or train in a browser that has WebGPU',
      cause,
    });
  }
  return workError({
    what: 'the binary of the package `webgpu` cannot be loaded on this machine',
    where: platform,
    value: (message ?? String(cause)).split('\n')[0] ?? '',
    advice: 'install the library that is named (glibc 2.34 or newer; musl will not do), or --device cpu',
    cause,
  });
}
