/** Where a dataset lies on this machine, if it does. */
import { resolve } from 'node:path';
import { cifar10, cifar100 } from '../data/cifar.js';
import type { DatasetConfig } from '../data/config.js';
import { dataCacheDirectory } from '../data/node/load.js';
import { locateCifar } from '../data/node/locate.js';

export interface DataPlace {
  readonly name: DatasetConfig['name'];
  /** Where it lies; `null`: it is made when it is needed (synthetic), or is not there. */
  readonly path: string | null;
  readonly isThere: boolean;
  /** Where it would be looked for and put. */
  readonly directory: string | null;
}

/** Looks for the files of a dataset; reads none of them. */
export async function placeOfData(name: DatasetConfig['name'], dataDir?: string): Promise<DataPlace> {
  if (name === 'synthetic') return { name, path: null, isThere: true, directory: null };
  const format = name === 'cifar10' ? cifar10 : cifar100;
  const directory = dataDir === undefined ? dataCacheDirectory() : resolve(dataDir);
  const place = await locateCifar(format, directory);
  if (place === null) return { name, path: null, isThere: false, directory };
  return { name, path: place.path, isThere: true, directory };
}
