/** Finds CIFAR files in what the user named, and says what to do where there are none. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CeterisError, type ErrorKind, requestError, workError } from '../../base/errors.js';
import type { CifarFormat } from '../cifar.js';
import type { CifarPlace } from './cifar.js';

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw requestError({ what: 'the data cannot be read', where: path, value: String(code), cause: error });
  }
}

/**
 * Where the dataset lies under `path`: the archive itself, or a directory that holds the files, the extracted folder,
 * or the archive, in this order. `null` where there is none of these.
 */
export async function locateCifar(format: CifarFormat, path: string): Promise<CifarPlace | null> {
  const found = await statOf(path);
  if (found === null) return null;
  if (found.isFile()) return { kind: 'archive', path };
  const first = format.train[0].name;
  for (const directory of [path, join(path, format.folder)]) {
    if ((await statOf(join(directory, first)))?.isFile()) return { kind: 'directory', path: directory };
  }
  const archive = join(path, format.archive.file);
  return (await statOf(archive))?.isFile() ? { kind: 'archive', path: archive } : null;
}

/** The one error for data that is not there: what to download, where to put it, and what runs without it. */
export function missingData(
  format: CifarFormat,
  directory: string,
  kind: ErrorKind,
  cause?: unknown,
): CeterisError {
  const { address, file, md5 } = format.archive;
  const reason = cause instanceof Error ? `it could not be downloaded: ${cause.message}` : 'no such data';
  return (kind === 'request' ? requestError : workError)({
    what: `${format.title} is not there`,
    where: directory,
    rule: `${file}, or the folder ${format.folder} from it (binary version)`,
    value: reason,
    advice: `download ${address} (md5 ${md5}), put it into ${directory} or name its folder with --data-dir; studies/quick.yaml runs without it`,
    cause,
  });
}
