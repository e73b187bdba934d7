/** Names of files and folders -> levels, by a template: `lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}`. */

import { parse } from 'yaml';
import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';
import { isNoLevel } from './fromNames.js';
import { isNumeric, levelOf, levelPath } from './hyperparameters.js';

export interface NameTemplate {
  readonly text: string;
  /** One pattern for each folder of the template, the last one for the name. */
  readonly patterns: readonly RegExp[];
  /** Paths in the template's order; `seed` names the seed. */
  readonly placeholders: readonly string[];
}

/** @throws a request error where the template has no placeholder, the same one twice, or two that touch */
export function parseTemplate(text: string): NameTemplate {
  const bare = text.replace(/\.(csv|tsv|jsonl?|parquet)$/i, '').replace(/^\/+|\/+$/g, '');
  const placeholders = [...bare.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]!);
  const fail = (rule: string) =>
    requestError({
      what: 'the template for names cannot be used',
      where: '--levels',
      rule,
      value: text,
      advice: "for example --levels 'lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}'",
    });
  if (placeholders.length === 0) throw fail('at least one {placeholder}, the path of a key');
  if (placeholders.some((name) => !/^[A-Za-z_][\w.]*$/.test(name)))
    throw fail('a placeholder is the path of a key');
  const paths = placeholders.filter((name) => name !== '_').map(levelPath);
  if (new Set(paths).size < paths.length) throw fail('each placeholder once');
  if (/\}\{/.test(bare)) throw fail('something fixed between two placeholders');
  return {
    text,
    patterns: bare.split('/').map(patternOf),
    placeholders: placeholders.map((name) => (name === '_' ? name : levelPath(name))),
  };
}

/** Every placeholder takes as little as it can, the last one the rest; `{_}` takes what means nothing. */
function patternOf(segment: string): RegExp {
  const parts = segment.split(/\{([^{}]*)\}/);
  const last = parts.length - 2;
  const source = parts
    .map((part, i) => {
      if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return i === last ? '(.+)' : '(.+?)';
    })
    .join('');
  return new RegExp(`^${source}$`);
}

/** What a text in a name means: `{ sigmoid: { name: 'sigmoid', blocks: '4-10' } }`. */
export type LevelNames = Readonly<Record<string, LevelValue>>;

/** `sigmoid={ name: sigmoid, blocks: 4-10 }` -> what that text means. @throws a request error for another form */
export function parseLevelNames(assignments: readonly string[]): LevelNames {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const at = assignment.indexOf('=');
      const level = at < 1 ? null : yamlOrNull(assignment.slice(at + 1));
      if (level === null) {
        throw requestError({
          what: '--means tells no level',
          where: '--means',
          rule: "TEXT=LEVEL, the level as a study file writes it: 'sigmoid={ name: sigmoid, blocks: 4-10 }'",
          value: assignment,
        });
      }
      return [assignment.slice(0, at), level];
    }),
  );
}

/**
 * `dropout=0` -> the levels of runs that tell none, by path; `dropout=null` is a level too.
 * @throws a request error for another form, and for a seed
 */
export function parseAbsent(assignments: readonly string[]): Record<string, LevelValue> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const at = assignment.indexOf('=');
      const path = levelPath(assignment.slice(0, Math.max(0, at)).trim());
      const text = assignment.slice(at + 1).trim();
      const level = yamlOrNull(text);
      if (at < 1 || path === 'seed' || text === '' || (level === null && text !== 'null')) {
        throw requestError({
          what: '--absent tells no level',
          where: '--absent',
          rule: 'NAME=LEVEL: a hyperparameter, and its level in runs that do not tell it: dropout=0',
          value: assignment,
          ...(path === 'seed' ? { advice: 'runs without a seed are numbered: --seeds none' } : {}),
        });
      }
      return [path, levelOf(path, level)];
    }),
  );
}

function yamlOrNull(text: string): LevelValue {
  try {
    return parse(text) as LevelValue;
  } catch {
    return null;
  }
}

/**
 * The texts that a log's name gives to the placeholders. The template is held against the name and against the folders
 * above it, the nearest first, so that `lr_0.1/version_0/metrics.csv` is known by its folder.
 * @throws a request error where none of them has the template's form
 */
export function matchName(template: NameTemplate, name: string): Record<string, string> {
  const segments = name.split('/');
  const { patterns, placeholders } = template;
  const ends = segments.map((_, i) => segments.length - i).filter((end) => end >= patterns.length);
  // What tools call their files (`metrics`) tells nothing: `{seed}` is then meant of the folder, and `{_}` of the file.
  const endsFree = patterns.length > 1 && placeholders.at(-1) === '_' && patterns.at(-1)!.source === '^(.+)$';
  const isFirst = (end: number) => endsFree || !isNoLevel(segments[end - 1]!);
  for (const end of [...ends.filter(isFirst), ...ends.filter((one) => !isFirst(one))]) {
    const texts = matchSegments(patterns, segments.slice(end - patterns.length, end));
    if (texts === null) continue;
    return Object.fromEntries(
      placeholders.map((path, i) => [path, texts[i]!] as const).filter(([path]) => path !== '_'),
    );
  }
  throw requestError({
    what: 'a name does not have the form of the template',
    where: name,
    rule: template.text,
    value: segments.at(-1)!,
    advice: 'change --levels (`{_}` takes what means nothing), or leave the file out: --leave-out',
  });
}

function matchSegments(patterns: readonly RegExp[], segments: readonly string[]): string[] | null {
  const texts: string[] = [];
  for (const [i, pattern] of patterns.entries()) {
    const match = pattern.exec(segments[i]!);
    if (match === null) return null;
    for (const text of match.slice(1)) texts.push(text);
  }
  return texts;
}

/**
 * The level that a text means: numbers and truth values typed, usual names in this project's words.
 * @param isNamed it stands in the name of a file or folder, where `01` may be 0.1
 * @throws a request error for leading zeros in a name
 */
export function typedLevel(path: string, text: string, means: LevelNames = {}, isNamed = false): LevelValue {
  if (Object.hasOwn(means, text)) return means[text]!;
  if (/^[-+]?0\d+$/.test(text) && isNamed) throw leadingZeros(path, text);
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (isNamed && isNumeric(path) && /^[-+]?\.?\d/.test(text)) throw noNumber(path, text);
  return levelOf(path, text);
}

function noNumber(path: string, text: string): Error {
  // `0p1` is 0.1 to those who keep points out of names.
  const point = /^[-+]?\d+p\d+$/i.test(text) ? text.replace(/p/i, '.') : text;
  const [number] = /^[-+]?[\d.]+(e[-+]?\d+)?/i.exec(point)!;
  return requestError({
    what: `a level of ${path} in a name is no number`,
    where: `${path} in a name`,
    rule: 'a number as it is written elsewhere: 0.1, 1, 1e-3',
    value: text,
    advice: `--means '${text}=${number}' says what it is; --levels, where in the name it ends`,
  });
}

function leadingZeros(path: string, text: string): Error {
  return requestError({
    what: 'a level with leading zeros has two readings',
    where: `${path} in a name`,
    rule: 'a number as it is written elsewhere: 0.1, 1, 1e-3',
    value: text,
    advice: `--means '${text}=${text.replace(/^([-+]?0)/, '$1.')}' or --means '${text}=${Number(text)}'`,
  });
}
