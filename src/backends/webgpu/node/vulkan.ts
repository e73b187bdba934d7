/**
 * What stands between Dawn and a GPU on Linux: the Vulkan loader, the drivers that it is told of, and the libraries that
 * those need. A GPU in a container often lacks one of them, and Vulkan says no more than "no drivers".
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { homeFolder } from '../../../base/node/userFolders.js';

export interface VulkanDriver {
  /** The file that tells the loader of the driver. */
  readonly manifest: string;
  readonly library: string;
  /** Why it cannot be loaded; `null` where it can. */
  readonly error: string | null;
}

export interface VulkanFacts {
  /** Why the loader cannot be loaded; `null` where it can. */
  readonly loaderError: string | null;
  readonly drivers: readonly VulkanDriver[];
  /** Makers of the display and compute controllers on the PCI bus, each once. */
  readonly hardware: readonly ('NVIDIA' | 'AMD' | 'Intel' | 'other')[];
  /** Version of NVIDIA's kernel module; `null` where it is not loaded. */
  readonly nvidiaModule: string | null;
  /** Companions of NVIDIA's driver that cannot be loaded, by file name. Looked at only where the module is there. */
  readonly missingCompanions: readonly string[];
  /** /dev/dri has render nodes, and this user may not open them. */
  readonly isRenderNodeClosed: boolean;
}

/** What NVIDIA's Vulkan driver opens besides its own files, and Debian's packages with it. */
const companions: Readonly<Record<string, string>> = {
  'libEGL.so.1': 'libegl1',
  'libGLdispatch.so.0': 'libglvnd0',
  'libOpenGL.so.0': 'libopengl0',
  'libGL.so.1': 'libgl1',
  'libGLX.so.0': 'libglx0',
  'libGLESv2.so.2': 'libgles2',
  'libX11.so.6': 'libx11-6',
  'libxcb.so.1': 'libxcb1',
  'libXau.so.6': 'libxau6',
  'libXdmcp.so.6': 'libxdmcp6',
  'libXext.so.6': 'libxext6',
  'libbsd.so.0': 'libbsd0',
  'libmd.so.0': 'libmd0',
};

/** Loads libraries into this process to see whether they can be: for a process of its own (probe.ts). */
export function gatherVulkanFacts(): VulkanFacts {
  const nvidiaModule = versionOfNvidiaModule();
  return {
    loaderError: errorOfLoading('libvulkan.so.1'),
    drivers: manifests().map(inspectDriver),
    hardware: makersOnTheBus(),
    nvidiaModule,
    missingCompanions:
      nvidiaModule === null ? [] : Object.keys(companions).filter((name) => errorOfLoading(name) !== null),
    isRenderNodeClosed: isRenderNodeClosed(),
  };
}

/** What is missing, each with what to do; for a machine where no hardware adapter was found. Pure. */
export function missingForVulkan(facts: VulkanFacts): string[] {
  const {
    loaderError,
    drivers,
    hardware,
    nvidiaModule,
    missingCompanions,
    isRenderNodeClosed: isClosed,
  } = facts;
  const missing: string[] = [];
  if (loaderError !== null) {
    missing.push(
      `the Vulkan loader (${loaderError}): install libvulkan1 (Debian, Ubuntu), vulkan-loader (Fedora) or vulkan-icd-loader (Arch)`,
    );
  }
  for (const { manifest, error } of drivers) {
    if (error !== null) missing.push(`a library of the driver in ${manifest}: ${error}`);
  }
  if (missingCompanions.length > 0) {
    const packages = missingCompanions.map((name) => companions[name]).join(' ');
    missing.push(
      `companions of NVIDIA's driver (${missingCompanions.join(', ')}): install ${packages} (Debian, Ubuntu)`,
    );
  }
  const hasNvidia = nvidiaModule !== null || hardware.includes('NVIDIA');
  if (hasNvidia && nvidiaModule === null) {
    missing.push("NVIDIA's kernel module: install its driver (a container needs --gpus all)");
  } else if (hasNvidia && !drivers.some(({ library }) => library.includes('nvidia'))) {
    missing.push(
      `NVIDIA's Vulkan driver (nvidia_icd.json is in no place that the loader looks in; the kernel module is ${nvidiaModule}): a container needs NVIDIA_DRIVER_CAPABILITIES=all`,
    );
  }
  const needsMesa = hardware.filter((maker) => maker === 'AMD' || maker === 'Intel');
  if (needsMesa.length > 0 && drivers.length === 0) {
    missing.push(
      `a Vulkan driver for the GPU of ${needsMesa.join(' and ')}: install mesa-vulkan-drivers (Debian, Ubuntu, Fedora)`,
    );
  }
  if (isClosed) missing.push('the right to open /dev/dri/render*: add this user to the group render');
  if (!hasNvidia && needsMesa.length === 0 && hardware.length === 0)
    missing.push('a GPU (none is on the PCI bus)');
  return missing;
}

/** The error without the words for Node's own add-ons: a library that loads is no add-on, and Node says so. */
function errorOfLoading(library: string): string | null {
  try {
    process.dlopen({ exports: {} }, library);
    return null;
  } catch (error) {
    const { message } = error as Error;
    return message.startsWith('Module did not self-register') ? null : (message.split('\n')[0] ?? message);
  }
}

/** As the loader looks for them: the environment's list, else the folders of the system and of the user. */
function manifests(): string[] {
  const { env } = process;
  const named = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  if (named !== undefined && named !== '') return named.split(':').filter((file) => existsSync(file));
  const home = homeFolder() ?? '/';
  const folders = [
    env.XDG_CONFIG_HOME ?? join(home, '.config'),
    ...(env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':'),
    '/usr/local/etc',
    '/etc',
    env.XDG_DATA_HOME ?? join(home, '.local/share'),
    ...(env.XDG_DATA_DIRS ?? '/usr/local/share:/usr/share').split(':'),
  ];
  return folders.flatMap((folder) => {
    const directory = join(folder, 'vulkan', 'icd.d');
    return listDirectory(directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(directory, name));
  });
}

function inspectDriver(manifest: string): VulkanDriver {
  try {
    const { ICD } = JSON.parse(readFileSync(manifest, 'utf8')) as { ICD: { library_path: string } };
    const path = ICD.library_path;
    const library = path.includes('/') ? resolve(dirname(manifest), path) : path;
    return { manifest, library, error: errorOfLoading(library) };
  } catch (error) {
    return { manifest, library: '', error: `the file cannot be read (${(error as Error).message})` };
  }
}

function versionOfNvidiaModule(): string | null {
  try {
    const text = readFileSync('/proc/driver/nvidia/version', 'utf8');
    return /\b\d{3,}\.\d+(\.\d+)?\b/.exec(text)?.[0] ?? 'of unknown version';
  } catch {
    return null;
  }
}

function makersOnTheBus(): VulkanFacts['hardware'] {
  const makers = { '0x10de': 'NVIDIA', '0x1002': 'AMD', '0x8086': 'Intel' } as const;
  const bus = '/sys/bus/pci/devices';
  const found = listDirectory(bus)
    .filter((device) => readWord(join(bus, device, 'class')).startsWith('0x03'))
    .map((device) => makers[readWord(join(bus, device, 'vendor')) as keyof typeof makers] ?? 'other');
  return [...new Set(found)];
}

function isRenderNodeClosed(): boolean {
  const nodes = listDirectory('/dev/dri').filter((name) => name.startsWith('renderD'));
  return nodes.length > 0 && !nodes.some((name) => isOpen(join('/dev/dri', name)));
}

function isOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function readWord(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
