/** Loads the dataset that a configuration names, from where it lies, or fetches it first. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { requestError } from '../../base/errors.js';
import { cacheFolder } from '../../base/node/userFolders.js';
import { type CifarFormat, cifar10, cifar100 } from '../cifar.js';
import type { DatasetConfig } from '../config.js';
import type { DataProgress, Dataset } from '../dataset.js';
import { type DatasetName, datasetNames, sourceOf } from '../datasets.js';
import { synthesize } from '../synthetic.js';
import { withChecksum } from './checksum.js';
import { loadCifar } from './cifar.js';
import { DownloadFailure, download } from './download.js';
import { locateCifar, missingData } from './locate.js';

export interface LoadOptions {
  /**
   * A directory with the files, the extracted folder or the archive, or the archive itself. A directory that has none
   * of them receives the download. Default: the user's cache.
   */
  readonly dataDir?: string | undefined;
  /** Told while data is fetched, read or made. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where the archive is fetched from, and its MD5; default: as published. */
  readonly source?: { readonly address: string; readonly md5: string } | undefined;
}

/** The directory of downloads: `~/.cache/ceteris/datasets` on Linux, and its like elsewhere. */
export function dataCacheDirectory(): string {
  return join(cacheFolder(), 'datasets');
}

/** What Node does with a dataset. */
interface NodeDataset<Config> {
  /** Where it lies under a directory; `null`: nowhere. Left out where it is made and not read. */
  readonly locate?: (directory: string) => Promise<string | null>;
  readonly load: (config: Config, options: LoadOptions) => Promise<Dataset>;
}

/** The datasets of ../datasets.ts. */
const datasets: { readonly [N in DatasetName]: NodeDataset<Extract<DatasetConfig, { name: N }>> } = {
  cifar100: {
    locate: (directory) => pathOf(cifar100, directory),
    load: ({ labels = 'fine' }, options) => loadReal(cifar100, labels, options),
  },
  cifar10: {
    locate: (directory) => pathOf(cifar10, directory),
    load: (_config, options) => loadReal(cifar10, 'class', options),
  },
  synthetic: { load: async (config, options) => withChecksum(synthesize(config, options.onProgress)) },
};

async function pathOf(format: CifarFormat, directory: string): Promise<string | null> {
  return (await locateCifar(format, directory))?.path ?? null;
}

/**
 * Loads `cifar100`, `cifar10` or `synthetic`. Real data is never replaced by synthetic data.
 * @throws CeterisError: request for damaged data, wrong labels or a `dataDir` that is not there; work where the data is
 *   missing and cannot be fetched
 */
export async function loadDataset(config: DatasetConfig, options: LoadOptions = {}): Promise<Dataset> {
  if (!Object.hasOwn(datasets, config.name)) throw unknownDataset(config);
  const loaded = await (datasets[config.name] as NodeDataset<DatasetConfig>).load(config, options);
  return { ...loaded, source: sourceOf(config) };
}

/** Whether a dataset is read from files, and where they lie under a directory. Reads none of them. */
export async function locateDataset(
  name: DatasetName,
  directory: string,
): Promise<{ readonly isRead: boolean; readonly path: string | null }> {
  const { locate } = datasets[name];
  return locate === undefined
    ? { isRead: false, path: null }
    : { isRead: true, path: await locate(directory) };
}

function unknownDataset(config: { name?: unknown }): Error {
  return requestError({
    what: 'there is no such dataset',
    where: 'dataset.name',
    rule: `one of ${datasetNames.join(', ')}`,
    value: String(config.name),
  });
}

async function loadReal(format: CifarFormat, labels: string, options: LoadOptions): Promise<Dataset> {
  const directory = options.dataDir ?? dataCacheDirectory();
  const { onProgress, signal } = options;
  let place = await locateCifar(format, directory);
  if (place === null) {
    await fetchArchive(format, directory, options);
    place = { kind: 'archive', path: join(directory, format.archive.file) };
  }
  return loadCifar(format, place, { labels, onProgress, signal });
}

async function fetchArchive(format: CifarFormat, directory: string, options: LoadOptions): Promise<void> {
  const { dataDir, onProgress, signal } = options;
  // A mistyped directory is not created.
  if (dataDir !== undefined && !(await exists(dataDir))) throw missingData(format, dataDir, 'request');
  const { address, md5 } = options.source ?? format.archive;
  try {
    await download({ address, md5, target: join(directory, format.archive.file), onProgress, signal });
  } catch (error) {
    if (!(error instanceof DownloadFailure)) throw error;
    throw missingData(format, directory, 'work', error);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
