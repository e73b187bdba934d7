/** The adapters that Dawn finds on this machine, and a device of one of them. A broken driver can crash: see probe.ts. */
import { workError } from '../../../base/errors.js';
import { describeAdapter, requestDevice } from '../adapter.js';
import { type AdapterRequest, chooseAdapter, isAnother } from '../choose.js';
import type { AdapterDescription } from '../description.js';
import { type Dawn, loadDawn } from './dawn.js';

export interface OpenedDevice {
  readonly device: GPUDevice;
  /** What was opened, for run.json and for the choice of kernels; its features are those of the device. */
  readonly adapter: AdapterDescription;
  /** Of the npm package `webgpu`, which is Dawn's here. */
  readonly dawn: string;
}

/** No adapter has this name, so Dawn refuses and lists those that there are. */
const noName = '\u0001';

/** In the order in which Dawn prefers them for speed: discrete GPUs, integrated ones, software. */
export async function listAdapters(): Promise<AdapterDescription[]> {
  const dawn = await loadDawn();
  const found: AdapterDescription[] = [];
  for (const { api, name } of await listNames(dawn)) {
    const adapter = await requestByName(dawn, api, name);
    if (adapter !== null) found.push(describeAdapter(adapter, name, api));
  }
  return found;
}

/**
 * A device of the adapter that is asked for, with all the adapter's buffer limits and those features that it has.
 * Adapters are single-use, so a new one is requested each time. The caller minds `device.lost` and `uncapturederror`.
 * @throws a request error where no adapter fits, a work error where the package or the device is not to be had
 */
export async function openDevice(request: AdapterRequest): Promise<OpenedDevice> {
  const dawn = await loadDawn();
  const adapters = await listAdapters();
  const chosen = chooseAdapter(request, adapters);
  const adapter = await requestByName(dawn, chosen.api, chosen.name);
  if (adapter === null)
    throw workError({ what: 'the adapter is gone', value: chosen.name, advice: 'try again' });
  if (isAnother(adapter.info.device, chosen, adapters)) {
    throw workError({
      what: 'Dawn opens another adapter, since the name of this one is a part of its name',
      where: chosen.name,
      value: adapter.info.device,
      advice:
        'train on the other one (--device "webgpu:NAME"; `ceteris doctor` lists the adapters), or hide it from the driver',
    });
  }
  return { device: await requestDevice(adapter, chosen), adapter: chosen, dawn: dawn.version };
}

interface AdapterName {
  readonly api: string;
  readonly name: string;
}

/**
 * WebGPU has no list of adapters: Dawn gives one in the words of its refusal, and chooses by a name that is found there.
 * So of several GPUs of one name only the first can be had.
 */
async function listNames(dawn: Dawn): Promise<AdapterName[]> {
  const refusal = await refuse(dawn);
  const names = [...refusal.matchAll(/backend: '([^']+)', name: '(.*)'$/gm)].map(([, api, name]) => ({
    api: api as string,
    name: name as string,
  }));
  // Windows offers a GPU through Direct3D and through Vulkan: once is enough.
  const order = ['d3d12', 'metal', 'vulkan'];
  const native = names.filter(({ api }) => order.includes(api));
  native.sort((a, b) => order.indexOf(a.api) - order.indexOf(b.api));
  const seen = new Set<string>();
  return native.filter(({ name }) => !seen.has(name) && seen.add(name));
}

async function refuse(dawn: Dawn): Promise<string> {
  try {
    await dawn.create([`adapter=${noName}`]).requestAdapter({ powerPreference: 'high-performance' });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function requestByName(dawn: Dawn, api: string, name: string): Promise<GPUAdapter | null> {
  return dawn
    .create([`backend=${api}`, `adapter=${name}`])
    .requestAdapter({ powerPreference: 'high-performance' });
}
