/** Which adapter a request means. Pure: the adapters are given. */
import { type CeterisError, requestError } from '../../base/errors.js';
import type { AdapterDescription } from './description.js';

/**
 * `webgpu`: a hardware GPU. `webgpu:PART`: the adapter with PART in its name, maker or driver, software too.
 * `webgpu:PART,webgpu:PART`: several, where several can be used.
 */
export type AdapterRequest = 'webgpu' | `webgpu:${string}`;

export function isAdapterRequest(text: string): text is AdapterRequest {
  return text === 'webgpu' || (text.startsWith('webgpu:') && text.length > 'webgpu:'.length);
}

/** What `--device auto` takes, out of the adapters in order of preference; `null`: none, so the CPU. */
export function hardwareAdapter(adapters: readonly AdapterDescription[]): AdapterDescription | null {
  return adapters.find(({ type }) => type === 'hardware') ?? null;
}

/**
 * The adapter that is meant, out of those given in order of preference. Software adapters are taken by name only.
 * @param missing what stands between WebGPU and a GPU, as far as it is known: for the refusal
 * @throws a request error where nothing fits, with what is there
 */
export function chooseAdapter(
  request: AdapterRequest,
  adapters: readonly AdapterDescription[],
  missing: readonly string[] = [],
): AdapterDescription {
  const nothing = (what: string) => nothingFits(what, { request, adapters, missing });
  if (request === 'webgpu') {
    const found = hardwareAdapter(adapters);
    if (found !== null) return found;
    throw nothing('there is no hardware GPU that WebGPU can use');
  }
  const part = request.slice('webgpu:'.length).toLowerCase();
  // "RTX 3080" stands in "RTX 3080 Ti" too.
  const exact = adapters.filter(({ name }) => name.toLowerCase() === part);
  const named = exact.length > 0 ? exact : adapters.filter((adapter) => wordsOf(adapter).includes(part));
  const found = hardwareAdapter(named) ?? named[0];
  if (found === undefined) throw nothing('no adapter of this name is there');
  return found;
}

export interface AdapterBounds {
  /** Adapters at most. */
  readonly most?: number | undefined;
  /** As of chooseAdapter. */
  readonly missing?: readonly string[];
}

/**
 * All that are meant: every hardware GPU, or those that are named; the first `most` of them.
 * @throws a request error where nothing fits, or two names mean one adapter
 */
export function chooseAdapters(
  request: AdapterRequest,
  adapters: readonly AdapterDescription[],
  { most = Number.POSITIVE_INFINITY, missing = [] }: AdapterBounds = {},
): [AdapterDescription, ...AdapterDescription[]] {
  if (request === 'webgpu') {
    const first = chooseAdapter(request, adapters, missing);
    const further = adapters.filter((one) => one.type === 'hardware' && one !== first);
    return [first, ...further.slice(0, most - 1)];
  }
  const [first, ...others] = request.split(/,(?=webgpu:)/).map((name) => {
    if (!isAdapterRequest(name))
      throw nothingFits('no adapter of this name is there', { request, adapters, missing });
    return chooseAdapter(name, adapters, missing);
  });
  const twice = others.find((one, i) => one === first || others.indexOf(one) < i);
  if (twice === undefined) return [first, ...others.slice(0, most - 1)];
  throw requestError({
    what: 'two names mean one adapter',
    where: '--device',
    rule: 'each adapter once',
    value: `${request}: ${twice.name}, twice`,
    advice: '`ceteris doctor` lists the adapters; of several GPUs of one name only the first can be had',
  });
}

/** Whether a device's name, as WebGPU tells it ("rtx-3080-ti"), is that of another adapter than the one chosen. */
export function isAnother(
  device: string,
  chosen: AdapterDescription,
  adapters: readonly AdapterDescription[],
): boolean {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return device !== plain(chosen.name) && adapters.some(({ name }) => device === plain(name));
}

/** Mesa calls its software driver lavapipe, and the device llvmpipe. */
function wordsOf({ name, vendor, architecture, driver }: AdapterDescription): string {
  const words = [name, vendor, architecture, driver].join(' ').toLowerCase();
  return words.includes('llvmpipe') ? `${words} lavapipe` : words;
}

function nothingFits(
  what: string,
  {
    request,
    adapters,
    missing,
  }: {
    readonly request: string;
    readonly adapters: readonly AdapterDescription[];
    readonly missing: readonly string[];
  },
): CeterisError {
  const names = adapters.map(({ name, type }) => (type === 'software' ? `${name} (software)` : name));
  const software = adapters.find(({ type }) => type === 'software');
  const byName =
    software === undefined
      ? ''
      : `, or --device "webgpu:${shortName(software)}" to try out a software adapter`;
  const lacking =
    missing.length > 0 ? `missing: ${missing.join('; ')}` : '`ceteris doctor` says what is missing';
  return requestError({
    what,
    where: '--device',
    rule: names.length === 0 ? 'an adapter (none is there)' : `one of: ${names.join('; ')}`,
    value: request,
    advice: `${lacking}; --device cpu trains on the CPU${byName}`,
  });
}

/** A word that names a software adapter on the command line. */
export function shortName(adapter: AdapterDescription): string {
  const words = wordsOf(adapter);
  return ['swiftshader', 'lavapipe'].find((word) => words.includes(word)) ?? adapter.name;
}
