/** Where a dataset lies on this machine, if it does. */
import { resolve } from 'node:path';
import type { DatasetConfig } from '../data/config.js';
import { dataCacheDirectory, locateDataset } from '../data/node/load.js';

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
  const directory = dataDir === undefined ? dataCacheDirectory() : resolve(dataDir);
  const { isRead, path } = await locateDataset(name, directory);
  if (!isRead) return { name, path: null, isThere: true, directory: null };
  return { name, path, isThere: path !== null, directory };
}
