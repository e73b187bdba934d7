import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Command } from 'commander';

export function registerVersion(program: Command): void {
  const path = createRequire(import.meta.url).resolve('#package');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  program.version(version, '-V, --version', 'print the version');
}
