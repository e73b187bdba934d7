/**
 * Errors that a user can act on. Everything that bad input can cause is thrown as a `CeterisError`; the command line
 * prints it in full and never shows a stack trace for it. Any other error is a bug of ours.
 */

/** `request`: the user asked for something wrong (exit code 2). `work`: the work itself failed (exit code 1). */
export type ErrorKind = 'request' | 'work';

export interface ErrorDetails {
  /** What happened, one sentence without a full stop: "the study file has an unknown key". */
  readonly what: string;
  /** Where: a file, a key's path, a record's index. */
  readonly where?: string;
  /** The rule that was broken: "one of relu, sigmoid, ...". */
  readonly rule?: string;
  /** The value that was found, already printable. */
  readonly value?: string;
  /** What to do now. */
  readonly advice?: string;
  /** The same as data, where several doors have their own words for it (`import/advice.ts`). */
  readonly ways?: readonly (readonly (string | object)[])[];
  readonly cause?: unknown;
}

/** An error with what, where, the rule, the value and what to do. */
export class CeterisError extends Error {
  readonly kind: ErrorKind;
  readonly details: ErrorDetails;

  constructor(kind: ErrorKind, details: ErrorDetails) {
    super(formatDetails(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CeterisError';
    this.kind = kind;
    this.details = details;
  }

  /** 2 where the request was wrong, 1 where the work failed. */
  get exitCode(): 1 | 2 {
    return this.kind === 'request' ? 2 : 1;
  }
}

function formatDetails(details: ErrorDetails): string {
  const lines = [details.what];
  if (details.where !== undefined) lines.push(`  where: ${details.where}`);
  if (details.rule !== undefined) lines.push(`  rule:  ${details.rule}`);
  if (details.value !== undefined) lines.push(`  value: ${details.value}`);
  if (details.advice !== undefined) lines.push(`  do:    ${details.advice}`);
  return lines.join('\n');
}

/** The request was wrong: exit code 2. */
export function requestError(details: ErrorDetails): CeterisError {
  return new CeterisError('request', details);
}

/** The work failed: exit code 1. */
export function workError(details: ErrorDetails): CeterisError {
  return new CeterisError('work', details);
}
