import { expect, test } from 'vitest';
import { dawnIsMissing } from './dawn.js';
import { missingForVulkan, type VulkanFacts } from './vulkan.js';

const nvidia: VulkanFacts = {
  loaderError: null,
  drivers: [{ manifest: '/etc/vulkan/icd.d/nvidia_icd.json', library: 'libGLX_nvidia.so.0', error: null }],
  hardware: ['NVIDIA'],
  nvidiaModule: '580.159.04',
  missingCompanions: [],
  isRenderNodeClosed: false,
};
const noFile = (name: string) => `${name}: cannot open shared object file: No such file or directory`;

test('a machine with all of it lacks nothing', () => {
  expect(missingForVulkan(nvidia)).toEqual([]);
});

test('a bare machine with only the driver: the loader, the library and the companions by name', () => {
  const missing = missingForVulkan({
    ...nvidia,
    loaderError: noFile('libvulkan.so.1'),
    drivers: [{ ...nvidia.drivers[0]!, error: noFile('libX11.so.6') }],
    missingCompanions: ['libX11.so.6', 'libXext.so.6'],
  });
  expect(missing).toHaveLength(3);
  expect(missing[0]).toMatch(/Vulkan loader \(libvulkan\.so\.1: .*libvulkan1/);
  expect(missing[1]).toMatch(/nvidia_icd\.json: libX11\.so\.6/);
  expect(missing[2]).toMatch(/libX11\.so\.6, libXext\.so\.6\): install libx11-6 libxext6/);
});

test('a container without the driver, and one without its graphics part', () => {
  expect(missingForVulkan({ ...nvidia, nvidiaModule: null, drivers: [] })).toEqual([
    expect.stringContaining('--gpus all'),
  ]);
  expect(missingForVulkan({ ...nvidia, drivers: [] })).toEqual([
    expect.stringMatching(/580\.159\.04.*NVIDIA_DRIVER_CAPABILITIES=all/),
  ]);
});

test('AMD and Intel need Mesa, and the right to open the render node', () => {
  const bare = { ...nvidia, nvidiaModule: null, drivers: [], hardware: ['AMD', 'Intel'] as const };
  expect(missingForVulkan({ ...bare, isRenderNodeClosed: true })).toEqual([
    expect.stringMatching(/AMD and Intel: install mesa-vulkan-drivers/),
    expect.stringContaining('group render'),
  ]);
});

test('no GPU at all', () => {
  expect(missingForVulkan({ ...nvidia, nvidiaModule: null, drivers: [], hardware: [] })).toEqual([
    'a GPU (none is on the PCI bus)',
  ]);
});

test('an absent package says what to install; an absent or unloadable binary says why', () => {
  const error = (code: string) => Object.assign(new Error('GLIBC_2.34 not found\nand more'), { code });
  expect(dawnIsMissing(error('ERR_MODULE_NOT_FOUND')).message).toMatch(/npm install webgpu@0\.6\.2/);
  expect(dawnIsMissing(error('MODULE_NOT_FOUND')).message).toMatch(/no binary for this machine.*linux-x64/s);
  const unloadable = dawnIsMissing(error('ERR_DLOPEN_FAILED'));
  expect(unloadable.message).toMatch(/cannot be loaded.*GLIBC_2\.34 not found\n.*musl/s);
  expect(unloadable.exitCode).toBe(1);
});
