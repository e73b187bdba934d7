/** The GPUs that commands can be given: by CUDA_VISIBLE_DEVICES where it is set, else as nvidia-smi counts them. */
import { execFileSync } from 'node:child_process';
import { requestError } from '../../base/errors.js';

export interface Gpu {
  /** As CUDA_VISIBLE_DEVICES names it: `0`, `GPU-5ebe9f43...`. */
  readonly device: string;
  /** `NVIDIA H200`; `null` where it is not known. */
  readonly name: string | null;
}

/** None where there are none. */
export function visibleGpus(environment: Readonly<Record<string, string | undefined>> = process.env): Gpu[] {
  const known = listedGpus();
  const set = environment.CUDA_VISIBLE_DEVICES;
  if (set === undefined) return known.map(({ index, name }) => ({ device: index, name }));
  const devices = set.split(',').map((one) => one.trim());
  // To CUDA what stands behind the first impossible entry does not exist.
  const end = devices.findIndex((one) => one === '' || one.startsWith('-'));
  return devices.slice(0, end < 0 ? devices.length : end).map((device) => ({
    device,
    name: known.find(({ index, uuid }) => index === device || uuid.startsWith(device))?.name ?? null,
  }));
}

function listedGpus(): { readonly index: string; readonly uuid: string; readonly name: string }[] {
  try {
    const text = execFileSync('nvidia-smi', ['--query-gpu=index,uuid,name', '--format=csv,noheader'], {
      encoding: 'utf8',
      timeout: 30_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text
      .split('\n')
      .map((line) => line.split(',').map((cell) => cell.trim()))
      .filter((cells) => /^\d+$/.test(cells[0] ?? '') && cells.length >= 3)
      .map(([index = '', uuid = '', ...name]) => ({ index, uuid, name: name.join(', ') }));
  } catch {
    return [];
  }
}

/**
 * GPUs for each of the runs that go side by side.
 * @throws a request error where there are fewer than one run needs
 */
export function shareGpus(gpus: readonly Gpu[], each: number): Gpu[][] {
  if (each === 0) return [];
  if (gpus.length < each) {
    throw requestError({
      what: 'the runs need more GPUs than this machine has',
      where: 'trainer.gpus',
      rule:
        gpus.length === 0
          ? 'GPUs that nvidia-smi lists, or that CUDA_VISIBLE_DEVICES names; neither does'
          : `at most ${gpus.length}: ${gpus.map(({ device }) => device).join(', ')}`,
      value: String(each),
      advice:
        gpus.length === 0
          ? 'run it where there is one, or without: --set trainer.gpus=0'
          : 'lower trainer.gpus, or name more in CUDA_VISIBLE_DEVICES',
    });
  }
  return Array.from({ length: Math.floor(gpus.length / each) }, (_, i) =>
    gpus.slice(i * each, (i + 1) * each),
  );
}
