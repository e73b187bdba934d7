/** Claims files on disk. */

import { readGivenFile } from '../../../store/node/givenFile.js';
import { parseClaims } from '../parse.js';
import type { ClaimsFile } from '../schema.js';

/** Reads a claims file. @throws a request error where the file cannot be read, or is no claims file */
export function readClaims(path: string): ClaimsFile {
  const missing = 'check its path; docs/claims.md tells the form of a claims file';
  return parseClaims(readGivenFile(path, { what: 'claims file', missing }), path);
}
