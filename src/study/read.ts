/** YAML text -> plain data, with the lines that errors point to. */
import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { requestError } from '../base/errors.js';
import { isPlainObject, type PlainObject } from './paths.js';
import { firstTrap } from './yamlTraps.js';

export interface StudyText {
  readonly data: PlainObject;
  /** Line (from 1) of the deepest part of a path that the text has. */
  lineOf(path: readonly string[]): number | undefined;
}

/** What errors say of a file: what it holds, the form of it, and where to look for help. */
export interface FileWords {
  readonly holds: string;
  readonly rule: string;
  readonly advice: string;
}

const STUDY: FileWords = {
  holds: 'study',
  rule: 'a map of keys: name, dataset, training, ...',
  advice: '`ceteris new <name>` writes a study file to compare with',
};

/**
 * @throws a request error with line and column where the text is no YAML or reads otherwise than it looks (a decimal
 *   comma, a merge key), and where it is no map of keys
 */
export function readStudyText(text: string, file: string, words = STUDY): StudyText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const place = (offset: number) => {
    const at = lines.linePos(offset);
    return `${file}, line ${at.line}, column ${at.col}`;
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const where = place(error.pos[0]);
    if (error.code === 'MULTIPLE_DOCS') throw secondDocument(file, where, words, error);
    throw requestError({
      what: `${file} is no valid YAML`,
      where,
      rule: error.message.split('\n')[0].replace(/:$/, ''),
      advice: `correct this line; ${words.advice}`,
      cause: error,
    });
  }
  const trap = firstTrap(document, text);
  if (trap !== null) {
    throw requestError({ ...trap.details, what: `${file}: ${trap.details.what}`, where: place(trap.offset) });
  }
  const data = plainData(() => document.toJS() as unknown, file, words);
  const lineOf = (path: readonly string[]) => {
    const offset = offsetOf(document.contents, path);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  return { data, lineOf };
}

function secondDocument(file: string, where: string, words: FileWords, cause: unknown): Error {
  return requestError({
    what: `${file} holds more than one document`,
    where,
    rule: `one ${words.holds} a file, without a line --- in its middle`,
    advice: `put each ${words.holds} into a file of its own`,
    cause,
  });
}

function plainData(convert: () => unknown, file: string, words: FileWords): PlainObject {
  let data: unknown;
  try {
    data = convert();
  } catch (cause) {
    throw requestError({
      what: `${file} cannot be read`,
      rule: 'aliases that expand to a bounded size',
      cause,
    });
  }
  if (isPlainObject(data)) return data;
  throw requestError({
    what: `${file} holds no ${words.holds}`,
    where: file,
    rule: words.rule,
    value: data === null || data === undefined ? 'nothing' : JSON.stringify(data).slice(0, 80),
    advice: words.advice,
  });
}

/** Factors are named by paths, so that several parts of a path can be one key of the text. */
function offsetOf(node: unknown, path: readonly string[]): number | undefined {
  if (path.length === 0 || !isNode(node)) return undefined;
  if (isSeq(node)) {
    const item = node.items[Number(path[0])];
    if (!isNode(item)) return undefined;
    return offsetOf(item, path.slice(1)) ?? item.range?.[0];
  }
  if (!isMap(node)) return undefined;
  for (let length = path.length; length >= 1; length--) {
    const name = path.slice(0, length).join('.');
    const pair = node.items.find(({ key }) => isNode(key) && String(key) === name);
    if (pair === undefined || !isNode(pair.key)) continue;
    return offsetOf(pair.value, path.slice(length)) ?? pair.key.range?.[0];
  }
  return undefined;
}
