/** All formats that are read. A new one is one file and one line here. */

import { requestError } from '../../base/errors.js';
import { delimited } from './delimited.js';
import type { Format } from './format.js';
import { json } from './json.js';
import { jsonLines } from './jsonLines.js';
import { mlflow } from './mlflow.js';
import { parquet } from './parquet.js';
import { sqlite } from './sqlite.js';
import { tensorboard } from './tensorboard.js';
import { trainerState } from './trainerState.js';

/** The first that recognises a file reads it: names that only one tool gives come first. */
export const FORMATS: readonly Format[] = [
  mlflow,
  tensorboard,
  trainerState,
  sqlite,
  parquet,
  jsonLines,
  json,
  delimited,
];

/** The format of a file, by its name and its first bytes; `null` where none is known. */
export function formatOf(path: string, head: Uint8Array): Format | null {
  return FORMATS.find((format) => format.recognise(path, head)) ?? null;
}

/**
 * @param where a person has named it
 * @throws a request error for a name that is no format
 */
export function formatNamed(name: string, where = '--format'): Format {
  const found = FORMATS.find((format) => format.name === name);
  if (found !== undefined) return found;
  throw requestError({
    what: 'there is no such format',
    where,
    rule: `one of ${FORMATS.map((format) => format.name).join(', ')}`,
    value: name,
  });
}
