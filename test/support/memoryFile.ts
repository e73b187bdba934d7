import type { SourceFile } from '../../src/import/files/source.js';

/** A file that lies in memory. */
export function memoryFile(path: string, contents: string | Uint8Array): SourceFile {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
  return {
    path,
    bytes: bytes.length,
    async *read(start = 0, end = bytes.length) {
      yield bytes.subarray(start, end);
    },
  };
}
