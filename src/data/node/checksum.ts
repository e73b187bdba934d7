/** SHA-256 of a dataset, in place: without the copy that WebCrypto needs. */
import { createHash } from 'node:crypto';
import { checksumHeader, checksumLabels, type Dataset, type DatasetContents } from '../dataset.js';

/** The dataset with its checksum: the same value as `checksumOf`. */
export function withChecksum(contents: DatasetContents): Dataset {
  const hash = createHash('sha256');
  hash.update(checksumHeader(contents));
  hash.update(contents.pixels);
  hash.update(checksumLabels(contents.labels));
  return { ...contents, checksum: hash.digest('hex') };
}
