/** Tuned tiles in the user's cache: one file for each adapter, driver and version of Dawn. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../../base/node/userFolders.js';
import type { TileTable } from '../tuning/tileTable.js';

/** Counts changes of the kernels that make old measurements worthless. */
const version = 1;

interface CacheFile {
  readonly version: number;
  /** Adapter, driver, Dawn. */
  readonly device: string;
  readonly tiles: TileTable;
}

/** `~/.cache/ceteris/webgpu-tiles` on Linux, and its like elsewhere. */
export function tileCacheDirectory(): string {
  return join(cacheFolder(), 'webgpu-tiles');
}

/** Why tiles cannot be kept in a folder, with what to do; `null`: they can. The folder is made where it is not there. */
export function whyNotKept(directory: string = tileCacheDirectory()): string | null {
  const file = join(directory, `writable.${process.pid}`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, '');
    rmSync(file);
    return null;
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return `tiles of the GPU cannot be kept in ${directory} (${code}): they are measured anew at each start, for some seconds. Make the folder writable, name another place for caches (XDG_CACHE_HOME on Linux), or take fixed tiles (--no-tune)`;
  }
}

export class TileCache {
  readonly #device: string;
  readonly #path: string;

  /** @param device adapter, driver and version of Dawn, in words */
  constructor(device: string, directory: string = tileCacheDirectory()) {
    this.#device = device;
    const hash = createHash('sha256').update(device).digest('hex').slice(0, 16);
    this.#path = join(directory, `${hash}.json`);
  }

  /** Empty where nothing was kept, or by another version, or what was kept cannot be read. */
  read(): TileTable {
    try {
      const file = JSON.parse(readFileSync(this.#path, 'utf8')) as Partial<CacheFile>;
      if (file.version !== version || file.device !== this.#device) return {};
      const entries = Object.entries(file.tiles ?? {}).filter(([, tile]) => typeof tile === 'string');
      return Object.fromEntries(entries);
    } catch {
      return {};
    }
  }

  /** As far as it can be written: what is not kept is measured again. */
  write(tiles: TileTable): void {
    const aside = `${this.#path}.${process.pid}`;
    const file: CacheFile = { version, device: this.#device, tiles: { ...this.read(), ...tiles } };
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(aside, `${JSON.stringify(file, null, 1)}\n`);
      renameSync(aside, this.#path);
    } catch {
      // A cache only: whyNotKept tells a person.
      if (existsSync(aside)) rmSync(aside, { force: true });
    }
  }
}
