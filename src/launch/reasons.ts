import { CeterisError } from '../base/errors.js';

/** What a person is told of a failure. */
export function reasonOf(error: unknown): string {
  if (error instanceof CeterisError) return error.message;
  return `something went wrong inside ceteris: ${error instanceof Error ? error.message : String(error)}`;
}
