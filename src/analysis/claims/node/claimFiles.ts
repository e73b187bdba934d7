/** Claims files on disk. */

import { resolve } from 'node:path';
import { readGivenFile } from '../../../store/node/givenFile.js';
import { readStudy } from '../../../store/node/studyFiles.js';
import { parseClaims } from '../parse.js';
import type { ClaimsFile } from '../schema.js';

/**
 * Reads a claims file.
 * @param studyDirectory of the study that it is held against, which knows the names of a command's levels and metrics
 * @throws a request error where the file cannot be read, or is no claims file
 */
export function readClaims(path: string, studyDirectory?: string): ClaimsFile {
  const missing = 'check its path; docs/claims.md tells the form of a claims file';
  const text = readGivenFile(path, { what: 'claims file', missing });
  return parseClaims(text, path, studyDirectory === undefined ? null : readStudy(resolve(studyDirectory)));
}
