import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { CeterisError } from '../base/errors.js';

/** Prints an error for a person, never a stack trace, and gives the exit code. */
export function printError(error: unknown): 1 | 2 {
  if (error instanceof CeterisError) {
    process.stderr.write(`${pc.red('error:')} ${error.message}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${pc.red('error:')} something went wrong inside ceteris: ${message}\n${whereTold(error)}`,
  );
  return 1;
}

/** The trace goes to a file, for a bug report. */
function whereTold(error: unknown): string {
  const path = join(tmpdir(), `ceteris-error-${process.pid}.txt`);
  const text = error instanceof Error ? `${error.stack}\n${String(error.cause ?? '')}\n` : String(error);
  try {
    writeFileSync(path, `${process.argv.join(' ')}\nnode ${process.version}\n${text}`);
    return `  do:    please report this, with the file ${path}\n`;
  } catch {
    return '';
  }
}
