import { expect, test } from 'vitest';
import {
  chooseAdapter,
  chooseAdapters,
  hardwareAdapter,
  isAdapterRequest,
  isAnother,
  shortName,
} from './choose.js';
import type { AdapterDescription } from './description.js';

const limits = {
  maxBufferSize: 2 ** 30,
  maxStorageBufferBindingSize: 2 ** 27,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 2 ** 14,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65535,
};

function adapter(
  name: string,
  vendor: string,
  driver: string,
  type: AdapterDescription['type'],
): AdapterDescription {
  const rest = {
    api: 'vulkan',
    architecture: '',
    limits,
    features: [],
    subgroupSizes: null,
    subgroupMatrices: [],
  };
  return { ...rest, name, vendor, driver, type };
}

const swiftshader = adapter('SwiftShader Device (Subzero)', 'google', 'SwiftShader driver 5.0.0', 'software');
const llvmpipe = adapter('llvmpipe (LLVM 15.0.6, 256 bits)', 'mesa', 'llvmpipe: Mesa 25.0.7', 'software');
const discrete = adapter('NVIDIA H200', 'nvidia', 'NVIDIA: 580.159.04', 'hardware');
const integrated = adapter('Intel(R) UHD Graphics', 'intel', 'Intel open-source Mesa driver: 25', 'hardware');
const all = [swiftshader, discrete, integrated, llvmpipe];
const software = [swiftshader, llvmpipe];

test('auto takes the first hardware GPU, and no software adapter', () => {
  expect(hardwareAdapter(all)).toBe(discrete);
  expect(hardwareAdapter(software)).toBeNull();
  expect(hardwareAdapter([])).toBeNull();
});

test('webgpu means hardware, a name means that adapter, in any case of letters', () => {
  expect(chooseAdapter('webgpu', all)).toBe(discrete);
  expect(chooseAdapter('webgpu:intel', all)).toBe(integrated);
  expect(chooseAdapter('webgpu:SwiftShader', all)).toBe(swiftshader);
  expect(chooseAdapter('webgpu:lavapipe', all)).toBe(llvmpipe);
  expect(chooseAdapter('webgpu:llvmpipe', all)).toBe(llvmpipe);
});

test('hardware goes before software where a part of the name fits both', () => {
  expect(chooseAdapter('webgpu:mesa', all)).toBe(integrated);
});

test('an exact name goes before a part of another', () => {
  const [ti, plain] = ['RTX 3080 Ti', 'RTX 3080'].map((name) => adapter(name, 'nvidia', '580', 'hardware'));
  expect(chooseAdapter('webgpu:rtx 3080', [ti, plain])).toBe(plain);
  expect(chooseAdapters('webgpu:RTX 3080,webgpu:RTX 3080 Ti', [ti, plain])).toEqual([plain, ti]);
  expect(isAnother('rtx-3080-ti', plain, [ti, plain])).toBe(true);
  expect(isAnother('rtx-3080', plain, [ti, plain])).toBe(false);
  expect(isAnother('', plain, [ti, plain])).toBe(false);
});

test('of several at most so many are taken', () => {
  expect(chooseAdapters('webgpu', all, { most: 1 })).toEqual([discrete]);
  expect(chooseAdapters('webgpu:lavapipe,webgpu:nvidia', all, { most: 1 })).toEqual([llvmpipe]);
  expect(chooseAdapters('webgpu', all, { most: 2 })).toEqual([discrete, integrated]);
});

test('what is not there is refused, with what is', () => {
  expect(() => chooseAdapter('webgpu', software)).toThrow(
    /no hardware GPU.*one of: SwiftShader Device \(Subzero\) \(software\); llvmpipe.*doctor.*webgpu:swiftshader/s,
  );
  expect(() => chooseAdapter('webgpu:radeon', all)).toThrow(
    /no adapter of this name.*NVIDIA H200; Intel.*radeon/s,
  );
  expect(() => chooseAdapter('webgpu', [])).toThrow(/none is there.*--device cpu trains on the CPU$/s);
});

test('what is missing is named in the refusal, where it is known', () => {
  const missing = ['WebGPU is not installed: npm install webgpu', 'a GPU (none is on the PCI bus)'];
  for (const request of ['webgpu', 'webgpu:nvidia'] as const) {
    expect(() => chooseAdapters(request, [], { missing })).toThrow(
      /do: +missing: WebGPU is not installed: npm install webgpu; a GPU.*; --device cpu trains on the CPU$/s,
    );
  }
});

test('requests are told from other devices; a software adapter has a short name', () => {
  expect(['webgpu', 'webgpu:x', 'webgpu:', 'cpu', 'auto', 'gpu'].filter(isAdapterRequest)).toEqual([
    'webgpu',
    'webgpu:x',
  ]);
  expect([swiftshader, llvmpipe, discrete].map(shortName)).toEqual([
    'swiftshader',
    'lavapipe',
    'NVIDIA H200',
  ]);
});

test('several: every hardware GPU, or those that are named, each once', () => {
  expect(chooseAdapters('webgpu', all)).toEqual([discrete, integrated]);
  expect(chooseAdapters('webgpu:intel', all)).toEqual([integrated]);
  expect(chooseAdapters('webgpu:lavapipe,webgpu:nvidia', all)).toEqual([llvmpipe, discrete]);
  // A name may have a comma in it.
  expect(chooseAdapters('webgpu:llvmpipe (LLVM 15.0.6, 256 bits)', all)).toEqual([llvmpipe]);
  expect(() => chooseAdapters('webgpu:nvidia,webgpu:h200', all)).toThrow(/each adapter once/);
  expect(() => chooseAdapters('webgpu:nvidia,webgpu:amd', all)).toThrow(/no adapter of this name/);
  expect(() => chooseAdapters('webgpu:nvidia,webgpu:', all)).toThrow(/no adapter of this name/);
  expect(() => chooseAdapters('webgpu', software)).toThrow(/no hardware GPU/);
});
