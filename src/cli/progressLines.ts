/** What progress shows, as text that fits: the run's name gives way first, the numbers never. */
import { packed, shorten } from '../base/text.js';
import type { RunEpochEvent } from './library.js';

/** Share done as blocks: `■■■■    `. */
function bar(share: number, size: number): string {
  const full = Math.round(size * Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)));
  return '■'.repeat(full) + '·'.repeat(size - full);
}

export interface ProgressLine {
  /** 0 to 1. */
  readonly share: number;
  readonly name: string;
  /** Each is shown whole. */
  readonly facts: readonly string[];
}

/** Shorter, a name does not tell one run from another. */
const shortestName = 14;

/**
 * `bar name facts` on one line where the name keeps at least 14 characters, with as long a bar as there is room for; else
 * the facts go on to lines below.
 * @param longest of all names, so that the facts of several runs stand below each other
 */
export function progressLines(
  { share, name, facts }: ProgressLine,
  width: number,
  longest = name.length,
): string[] {
  const text = facts.join('  ');
  for (const size of [16, 8]) {
    const room = width - size - 1 - 2 - text.length;
    if (room < Math.min(longest, shortestName)) continue;
    const shown = shorten(name, Math.min(longest, room)).padEnd(Math.min(longest, room));
    return [`${bar(share, size)} ${shown}  ${text}`.trimEnd()];
  }
  return brokenLines({ share, name, facts }, width);
}

/** The name with the first facts, and the others below. */
function brokenLines({ share, name, facts }: ProgressLine, width: number): string[] {
  const size = width < 60 ? 4 : 8;
  const least = Math.min(name.length, shortestName);
  const head: string[] = [];
  const rest = [...facts];
  const room = () => width - size - 1 - head.reduce((sum, fact) => sum + fact.length + 2, 0);
  while (rest[0] !== undefined && room() - rest[0].length - 2 >= least) head.push(rest.shift() ?? '');
  const first = [`${bar(share, size)} ${shorten(name, Math.max(least, room()))}`, ...head].join('  ');
  return [shorten(first, width), ...packed(rest, width, '  ')];
}

function percent(value: number | null): string {
  return value === null ? '-' : `${(100 * value).toFixed(1)}%`;
}

/** Three decimals; a loss on its way to infinity by its power of ten. */
export function lossText(value: number | null): string {
  if (value === null) return '-';
  return Math.abs(value) < 10_000 ? value.toFixed(3) : value.toExponential(2);
}

/** Loss and accuracy of both splits, each labelled, and metrics of a command's own; what was not measured is left out. */
export function epochFacts({ row }: Pick<RunEpochEvent, 'row'>): string[] {
  const split = (name: string, loss: number | null, accuracy: number | null) =>
    loss === null && accuracy === null
      ? []
      : [
          [
            name,
            ...(loss === null ? [] : ['loss', lossText(loss)]),
            ...(accuracy === null ? [] : [percent(accuracy)]),
          ].join(' '),
        ];
  const own = Object.entries(row).filter(([name, value]) => !known.has(name) && value !== null);
  return [
    ...split('train', row.trainLoss, row.trainAccuracy),
    ...split('valid', row.validLoss, row.validAccuracy),
    ...own.map(([name, value]) => `${name} ${lossText(value)}`),
  ];
}

/** Columns that every run has, and that are told otherwise. */
const known: ReadonlySet<string> = new Set(
  'epoch trainLoss trainAccuracy validLoss validAccuracy trainEvalLoss trainEvalAccuracy learningRate imagesPerSecond seconds'.split(
    ' ',
  ),
);
