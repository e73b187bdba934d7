/** Claims files on disk. */

import { readFileSync } from 'node:fs';
import { requestError } from '../../../base/errors.js';
import { parseClaims } from '../parse.js';
import type { ClaimsFile } from '../schema.js';

/** @throws a request error where the file cannot be read, or is no claims file */
export function readClaims(path: string): ClaimsFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw requestError({
      what: 'the claims file cannot be read',
      where: path,
      cause,
      advice: 'check its path; docs/claims.md tells the form of a claims file',
    });
  }
  return parseClaims(text, path);
}
