/** File names -> levels: `lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}`. */

import { parse } from 'yaml';
import { requestError } from '../base/errors.js';
import type { LevelValue } from '../study/types.js';

/** What published files call levels that this project has a name for. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  schedule: {
    cosine_annealing: 'cosine',
    'cosine-annealing': 'cosine',
    cosineannealing: 'cosine',
    cosineannealinglr: 'cosine',
    none: 'constant',
    fixed: 'constant',
  },
};

export interface NameTemplate {
  readonly text: string;
  readonly pattern: RegExp;
  /** Paths in the template's order; `seed` names the seed. */
  readonly placeholders: readonly string[];
}

/** @throws a request error where the template has no placeholder, the same one twice, or two that touch */
export function parseTemplate(text: string): NameTemplate {
  const parts = text.replace(/\.csv$/i, '').split(/\{([^{}]*)\}/);
  const placeholders = parts.filter((_, i) => i % 2 === 1);
  const fail = (rule: string) =>
    requestError({
      what: 'the template for file names cannot be used',
      where: '--levels',
      rule,
      value: text,
      advice: "for example --levels 'lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}'",
    });
  if (placeholders.length === 0) throw fail('at least one {placeholder}, the path of a key');
  if (placeholders.some((name) => !/^[A-Za-z][\w.]*$/.test(name)))
    throw fail('a placeholder is the path of a key');
  if (new Set(placeholders).size < placeholders.length) throw fail('each placeholder once');
  if (parts.slice(1, -1).some((part, i) => i % 2 === 1 && part === '')) {
    throw fail('something fixed between two placeholders');
  }
  const last = placeholders.length * 2 - 1;
  const pattern = parts
    .map((part, i) =>
      i % 2 === 0 ? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : i === last ? '(.+)' : '(.+?)',
    )
    .join('');
  return { text, pattern: new RegExp(`^${pattern}$`), placeholders };
}

/** What a text in a file name means: `{ sigmoid: { name: 'sigmoid', blocks: '4-10' } }`. */
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

function yamlOrNull(text: string): LevelValue {
  try {
    return parse(text) as LevelValue;
  } catch {
    return null;
  }
}

/**
 * The levels that a file's name tells, numbers and truth values typed. Every placeholder takes as little as it can, the
 * last one the rest.
 * @throws a request error where the name does not have the template's form
 */
export function matchName(
  template: NameTemplate,
  fileName: string,
  means: LevelNames = {},
): Record<string, LevelValue> {
  const base = fileName.replace(/^.*[\\/]/, '').replace(/\.csv$/i, '');
  const match = template.pattern.exec(base);
  if (match === null) {
    throw requestError({
      what: 'a file name does not have the form of the template',
      where: fileName,
      rule: template.text,
      value: base,
      advice: 'change --levels, or leave the file out',
    });
  }
  const levels: Record<string, LevelValue> = {};
  for (const [i, path] of template.placeholders.entries()) {
    const text = match[i + 1]!;
    levels[path] = Object.hasOwn(means, text) ? means[text]! : typedLevel(path, text);
  }
  return levels;
}

function typedLevel(path: string, text: string): LevelValue {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return ALIASES[path]?.[text.toLowerCase()] ?? text;
}
