/** A text file that a person names: read whole, or refused in our words. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { requestError } from '../../base/errors.js';

/** What errors say of a file: `the study file`, and what to do where there is none. */
export interface GivenFile {
  readonly what: string;
  readonly missing: string;
  /** The file that is meant where a directory is named. */
  readonly inside?: string;
}

/** @throws a request error where there is no such file, it may not be read, or it is no UTF-8 */
export function readGivenFile(path: string, { what, missing, inside }: GivenFile): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw requestError({ what: `there is no such ${what}`, where: path, advice: missing, cause });
    }
    const details = { what: `the ${what} cannot be read`, where: path, cause };
    if (code === 'EISDIR') {
      const name = inside === undefined ? 'name the file' : `name the file, such as ${path}/${inside}`;
      throw requestError({ ...details, value: 'a directory', advice: name });
    }
    if (code === 'EACCES' || code === 'EPERM') throw requestError({ ...details, ...notAllowed() });
    throw requestError({ ...details, value: message });
  }
  return decode(bytes, path, what);
}

/** What is said where the file system forbids to read. */
export function notAllowed(): { readonly value: string; readonly advice: string } {
  return {
    value: `the user ${userName()} may not read it`,
    advice: 'ask its owner for the right to read it (chmod), or copy it',
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'of this process'; // A container may run under a number without a name.
  }
}

function decode(bytes: Buffer, path: string, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw requestError({
      what: `the ${what} is no UTF-8 text`,
      where: `${path}${placeOf(bytes)}`,
      rule: 'text in UTF-8, the usual encoding of editors',
      value: encodingOf(bytes),
      advice: `save it as UTF-8, or: iconv -f ${encodingOf(bytes) === 'UTF-16' ? 'UTF-16' : 'LATIN1'} -t UTF-8 ${path}`,
      cause,
    });
  }
}

function encodingOf(bytes: Buffer): string {
  const [first, second] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isWide ? 'UTF-16' : 'another encoding, perhaps Latin-1';
}

/** The line of the first byte that no UTF-8 has there. */
function placeOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  const before = text.slice(0, Math.max(0, text.indexOf('\ufffd')));
  return `, line ${before.split('\n').length}`;
}
