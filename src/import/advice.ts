/**
 * What to do about a file that cannot be read: choices as data. Each door has its own words for them: an import its
 * options, a study file its keys.
 */

import type { ErrorDetails } from '../base/errors.js';

/** Of `Choices`, by metric. */
type Named = 'columns' | 'unit';
type Plain =
  | 'ignore'
  | 'runColumns'
  | 'axis'
  | 'firstEpoch'
  | 'repeats'
  | 'leaveOut'
  | 'encoding'
  | 'decimal'
  | 'format';

/** One choice: `repeats` is to be `last`, the column of `validAccuracy` is to be `Top-1`. */
export type Choice =
  | { readonly choice: Plain; readonly value: string | number }
  | { readonly choice: Named; readonly metric: string; readonly value: string };

/** One thing to do: words, and choices within them. */
export type Way = readonly (string | Choice)[];

/** A door's words for a choice; `null` where it has none. */
export type Words = (choice: Choice) => string | null;

/** Advice in the words of the options of `ceteris import`, and the ways that it names, for other doors. */
export function advise(ways: readonly Way[]): Required<Pick<ErrorDetails, 'advice' | 'ways'>> {
  return { advice: waysText(ways, optionText) ?? '', ways };
}

/** An error's advice in the words of another door; what names no choice stays as it is. */
export function adviceIn({ advice, ways }: ErrorDetails, words: Words): string | undefined {
  return ways === undefined ? advice : waysText(ways as readonly Way[], words);
}

/** The ways that a door has words for, one after the other; `undefined` where it has words for none. */
function waysText(ways: readonly Way[], words: Words): string | undefined {
  const texts = ways.flatMap((way) => {
    const parts = way.map((part) => (typeof part === 'string' ? part : words(part)));
    return parts.includes(null) ? [] : [parts.join('')];
  });
  return texts.length === 0 ? undefined : texts.join('; or ');
}

/** `--columns 'validAccuracy=Top-1'`, `--first-epoch 1`. */
function optionText(one: Choice): string {
  const option = `--${one.choice.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const value = 'metric' in one ? `${one.metric}=${one.value}` : String(one.value);
  return `${option} ${isPlain(one, value) ? value : `'${value}'`}`;
}

/** Names come from files, and are quoted; the other values are words and numbers of ours. */
function isPlain({ choice }: Choice, value: string): boolean {
  return choice !== 'columns' && choice !== 'unit' && choice !== 'ignore' && /^[\w,.|-]+$/.test(value);
}
