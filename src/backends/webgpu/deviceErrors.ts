/** A device's failures as errors that a user can act on. */
import { CeterisError, workError } from '../../base/errors.js';

const advice =
  'start the command again: runs go on from their last checkpoint; ceteris doctor shows the device';

/** The device went away: driver reset, unplugged, out of memory in the driver. */
export function deviceLost(
  info: { readonly reason?: string; readonly message: string },
  device: string,
): CeterisError {
  return workError({
    what: 'the GPU was lost while it trained',
    where: device,
    value: info.message === '' ? (info.reason ?? 'no reason given') : firstLine(info.message),
    advice,
  });
}

/** An error that no call reported: out of memory, or a command that is not valid (a bug of ours). */
export function uncaptured(error: { readonly message: string }, device: string): CeterisError {
  const outOfMemory = error.constructor.name === 'GPUOutOfMemoryError';
  return workError({
    what: outOfMemory ? 'the GPU has too little memory for this' : 'the GPU refused a command',
    where: device,
    value: firstLine(error.message),
    advice: outOfMemory
      ? 'train fewer runs in lockstep, use a smaller training.batchSize, or close what else uses the GPU'
      : advice,
    cause: error,
  });
}

/** A kernel that this device's compiler refuses. */
export function notCompiled(key: string, error: unknown, device: string): CeterisError {
  if (error instanceof CeterisError) return error;
  return workError({
    what: 'the GPU driver does not compile a kernel',
    where: `${key}, ${device}`,
    value: firstLine(error instanceof Error ? error.message : String(error)),
    advice: 'update the driver, or train with --device cpu',
    cause: error,
  });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0];
}
