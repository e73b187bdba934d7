/** What YAML reads otherwise than it looks, refused before it can become a study that nobody meant. */
import { type Document, isMap, isScalar, type Node, type Scalar, visit, type YAMLSeq } from 'yaml';
import type { ErrorDetails } from '../base/errors.js';

/** A trap, and where in the text it begins. */
export interface Trap {
  readonly offset: number;
  readonly details: Pick<ErrorDetails, 'what' | 'rule' | 'value' | 'advice'>;
}

const decimals = 'write a decimal number with a point, 0.05, and a space after each comma of a list';

/**
 * The first trap of a document.
 * - `0,05` in a list is two values, and `0005` is 5: a number with leading zeros is most often half of a decimal comma.
 * - `[0, 0,5]` mixes commas with and without a space between whole numbers: levels only, where the harm is done.
 * - `12345678901234567890` is another number as a float64.
 * - merge keys (`<<`) are of YAML 1.1; YAML 1.2 takes them for a key of that name.
 * @param isLevels whether the whole document is a list of levels, as in `--set factors.weightDecay=[...]`
 */
export function firstTrap(document: Document.Parsed, text: string, isLevels = false): Trap | null {
  let trap: Trap | null = null;
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.source !== '<<' || key.type !== 'PLAIN') return undefined;
      trap = { offset: startOf(key), details: mergeKey };
      return visit.BREAK;
    },
    Scalar(_, node) {
      const details = hasLeadingZeros(node)
        ? leadingZeros(String(node.source))
        : isTooLong(node)
          ? tooLong(node)
          : null;
      if (details === null) return undefined;
      trap = { offset: startOf(node), details };
      return visit.BREAK;
    },
  });
  if (trap !== null) return trap;
  const roots = isLevels ? [document.contents] : ['factors', 'trials'].map((name) => childOf(document, name));
  for (const root of roots) {
    visit(root as Node | null, {
      Seq(_, node) {
        const at = tightComma(node, text);
        if (at === null) return undefined;
        trap = { offset: at.offset, details: mixedCommas(at.pair) };
        return visit.BREAK;
      },
    });
    if (trap !== null) return trap;
  }
  return null;
}

function childOf({ contents }: Document.Parsed, name: string): unknown {
  if (!isMap(contents)) return null;
  return contents.items.find(({ key }) => isScalar(key) && key.value === name)?.value ?? null;
}

const startOf = (node: Scalar) => node.range?.[0] ?? 0;

function hasLeadingZeros({ type, value, source }: Scalar): boolean {
  return type === 'PLAIN' && typeof value === 'number' && /^[-+]?0\d/.test(source ?? '');
}

/** A whole number that is written out and that no float64 holds: another one would be trained. */
function isTooLong({ type, value, source }: Scalar): boolean {
  return type === 'PLAIN' && /^[-+]?\d+$/.test(source ?? '') && !Number.isSafeInteger(value);
}

function tooLong({ source, value }: Scalar): Trap['details'] {
  return {
    what: 'a whole number has more digits than can be kept',
    rule: `at most ${Number.MAX_SAFE_INTEGER}; this one would become ${String(value)}`,
    value: String(source),
    advice: 'write it in quotes where its digits count',
  };
}

const mergeKey = {
  what: 'merge keys are not read',
  rule: 'every key written out; an alias (*name) may stand for a whole value',
  value: '<<',
  advice: 'copy the keys to this place',
};

function leadingZeros(source: string): Trap['details'] {
  return {
    what: 'a number has leading zeros',
    rule: 'numbers as 0.05 or 5e-4',
    value: source,
    advice: decimals,
  };
}

function mixedCommas(pair: string): Trap['details'] {
  return {
    what: 'these are two levels, or one with a decimal comma',
    rule: 'in a list of levels a space after each comma, or after none',
    value: pair,
    advice: decimals,
  };
}

/** In a list on one line whose commas have spaces: one without, between digits. */
function tightComma(list: YAMLSeq, text: string): { readonly offset: number; readonly pair: string } | null {
  if (list.flow !== true) return null;
  const pairs = list.items.slice(1).map((after, i) => {
    const before = list.items[i];
    if (!isScalar(before) || !isScalar(after)) return null;
    const [from, to] = [before.range?.[1] ?? 0, after.range?.[0] ?? 0];
    const isTight = text.slice(from, to) === ',';
    const digits = /^[-+]?\d+$/.test(before.source ?? '') && /^\d+([eE][-+]?\d+)?$/.test(after.source ?? '');
    return { isTight, digits, offset: startOf(before), pair: `${before.source},${after.source}` };
  });
  const known = pairs.filter((pair) => pair !== null);
  if (!known.some(({ isTight }) => !isTight)) return null;
  return known.find(({ isTight, digits }) => isTight && digits) ?? null;
}
