/** What a statistic returns: its numbers, or the reason why it has none. No function of this folder returns NaN. */

/** The statistic does not exist for this input; `reason` is a clause without a full stop. */
export interface Undefined {
  readonly status: 'undefined';
  readonly reason: string;
  /** For callers that do different things for different reasons. */
  readonly code?: 'no variation';
}

/** `status: 'ok'` with the numbers of T, or `status: 'undefined'` with the reason. */
export type Result<T> = ({ readonly status: 'ok' } & T) | Undefined;

/** A statistic that does not exist. */
export function undefinedBecause(reason: string, code?: Undefined['code']): Undefined {
  return { status: 'undefined', reason, ...(code === undefined ? {} : { code }) };
}

/** A statistic that exists. */
export function ok<T extends object>(value: T): { readonly status: 'ok' } & T {
  return { status: 'ok', ...value };
}

/** The reason why `values` cannot be used, or `null`: fewer than `minimum`, or one that is not finite. */
export function sampleProblem(
  values: readonly number[],
  minimum: number,
  name = 'the sample',
): string | null {
  if (values.length < minimum) {
    return `${name} has ${values.length} of at least ${minimum} values`;
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  return bad < 0 ? null : `value ${bad + 1} of ${name} is not finite`;
}

/** The reason why a share such as a level or alpha cannot be used, or `null`. */
export function shareProblem(value: number, name: string): string | null {
  return value > 0 && value < 1 ? null : `${name} must lie between 0 and 1, got ${value}`;
}
