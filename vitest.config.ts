import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Where CI is set, colours would be on in what the tests' commands print.
    env: { NO_COLOR: '1' },
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Generous: software adapters compile a kernel in seconds, and machines are shared.
    testTimeout: 300_000,
  },
});
