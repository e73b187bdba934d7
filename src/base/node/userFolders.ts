/** A person's own folders. A container may run as a user whom the system does not know: such a user has none. */
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** `null`: the system knows of none. */
export function homeFolder(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}

/** What can be made again: `~/.cache/ceteris` on Linux, and its like elsewhere; without a home a folder among temporary files. */
export function cacheFolder(): string {
  const { env, platform } = process;
  const home = homeFolder();
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'ceteris', 'Cache');
  if (platform !== 'darwin' && platform !== 'win32' && env.XDG_CACHE_HOME)
    return join(env.XDG_CACHE_HOME, 'ceteris');
  if (home === null) return join(tmpdir(), `ceteris-cache-${process.getuid?.() ?? 'user'}`);
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'ceteris');
  if (platform === 'win32') return join(home, 'AppData', 'Local', 'ceteris', 'Cache');
  return join(home, '.cache', 'ceteris');
}
