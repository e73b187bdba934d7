import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { cacheFolder, homeFolder } from './userFolders.js';

/** Of a user whom the system knows; `null`: it does not. */
let home: string | null = '/home/somebody';
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  homedir: () => {
    if (home === null) throw new Error('uv_os_homedir returned ENOENT');
    return home;
  },
  tmpdir: () => '/tmp',
}));
afterEach(() => {
  home = '/home/somebody';
  vi.unstubAllEnvs();
});

test.skipIf(process.platform !== 'linux')(
  'the cache is where the system has it, or is told to have it',
  () => {
    vi.stubEnv('XDG_CACHE_HOME', '');
    expect(homedir()).toBe('/home/somebody');
    expect(cacheFolder()).toBe('/home/somebody/.cache/ceteris');
    vi.stubEnv('XDG_CACHE_HOME', '/scratch/cache');
    expect(cacheFolder()).toBe('/scratch/cache/ceteris');
  },
);

test('a user without a home has a folder of its own among temporary files', () => {
  home = null;
  vi.stubEnv('XDG_CACHE_HOME', '');
  vi.stubEnv('LOCALAPPDATA', '');
  expect(homeFolder()).toBeNull();
  expect(cacheFolder()).toBe(join('/tmp', `ceteris-cache-${process.getuid?.() ?? 'user'}`));
});
