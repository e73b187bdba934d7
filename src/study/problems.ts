/** What is wrong with a study file, all at once: path, rule, value, nearest valid key. */
import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod';
import { type CeterisError, requestError } from '../base/errors.js';
import { keyOfOtherTools, optionOfCommands, usualName, usualValue } from './usualNames.js';

export interface Problem {
  /** `training.epochs`, `factors.learningRate.2`. */
  readonly path: string;
  readonly what: string;
  readonly rule: string;
  /** Printable; `null` where nothing was given. */
  readonly value: string | null;
  /** The nearest valid key or value. */
  readonly nearest?: string;
  /** What to do, where that is more than to take the nearest. */
  readonly advice?: string;
  readonly line?: number;
  /** The `--set` that it came with. */
  readonly setting?: string;
}

type Path = readonly PropertyKey[];

function pathText(path: Path): string {
  return path.map(String).join('.');
}

/** A value as it is shown in errors: JSON, cut at 80 characters. */
export function valueText(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The candidate nearest to a word, where it is near enough to be what was meant. */
export function nearestOf(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const usual = usualName(word) ?? usualValue(word);
  if (usual === null) return undefined;
  if (usual !== undefined && candidates.includes(usual)) return usual;
  const lower = candidates.map((one) => one.toLowerCase());
  const found = closest(word.toLowerCase(), lower);
  const near = distance(word.toLowerCase(), found) <= Math.max(2, Math.ceil(word.length / 2));
  return near ? candidates[lower.indexOf(found)] : undefined;
}

/** `safeParse` whose problems are told in this project's words; `prefix` names where the input stands. */
export function check<S extends z.ZodType>(
  schema: S,
  input: unknown,
  prefix: Path = [],
): { readonly value: z.output<S> } | { readonly problems: Problem[] } {
  const result = schema.safeParse(input, { error: ruleOf, reportInput: true });
  if (result.success) return { value: result.data };
  return { problems: result.error.issues.flatMap((issue) => toProblems(issue, prefix)) };
}

const separator = ', ';
const choiceRule = 'a map with a name, ';

/** The rule of an issue, as its message. Which keys and names there are is known here only. */
function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape).join(separator) : undefined;
    case 'invalid_type':
      if (issue.inst instanceof z.ZodDiscriminatedUnion) return `${choiceRule}${unionRule(issue.inst) ?? ''}`;
      return typeRules[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(separator)}`;
    case 'too_small':
      return sizeRule(issue.origin, issue.inclusive === false ? 'above' : 'at least', issue.minimum);
    case 'too_big':
      return sizeRule(issue.origin, issue.inclusive === false ? 'below' : 'at most', issue.maximum);
    case 'invalid_union':
      return unionRule(issue.inst);
    default:
      return undefined;
  }
}

const typeRules: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

function sizeRule(origin: string, relation: string, bound: number | bigint): string {
  if (origin === 'array') return `${relation} ${bound} entries`;
  return origin === 'string' ? `${relation} ${bound} characters` : `${relation} ${bound}`;
}

function unionRule(schema: unknown): string | undefined {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return undefined;
  const names = schema._zod.propValues?.[schema.def.discriminator];
  return names === undefined ? undefined : `one of ${[...names].map(String).join(separator)}`;
}

function toProblems(issue: z.core.$ZodIssue, prefix: Path): Problem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownKey(issue, path, name));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = [...issue.errors].sort((a, b) => cost(a) - cost(b));
    if (cost(branches[0]) < rootMismatch) return branches[0].flatMap((inner) => toProblems(inner, path));
    const rules = branches.flat().map((inner) => inner.message);
    const rule = [...new Set(rules)].join('; or ');
    return [
      { path: pathText(path), ...verdict(issue.input), rule, ...meant(issue.input, rule, pathText(path)) },
    ];
  }
  const rule = issue.message;
  const input = discriminated(issue);
  return [{ path: pathText(path), ...verdict(input), rule, ...meant(input, rule, pathText(path)) }];
}

/** What a value that is not possible was likely meant to be. */
function meant(input: unknown, rule: string, path: string): Pick<Problem, 'nearest' | 'advice'> {
  if (rule.startsWith(typeRules.array) && !isMapOrList(input) && input !== undefined && input !== null)
    return { advice: `a list stands in brackets, also one of a single value: [${String(input)}]` };
  if (input === Number.POSITIVE_INFINITY || input === Number.NEGATIVE_INFINITY || Number.isNaN(input))
    return { advice: 'write a finite number' };
  if (typeof input !== 'string') return {};
  const nearest = nearestValue(input, rule, path);
  return nearest === undefined ? {} : { nearest };
}

const isMapOrList = (input: unknown) => typeof input === 'object' && input !== null;

/** The name that a text is near to; true or false without quotes; the number that it writes in its own way. */
function nearestValue(input: string, rule: string, path: string): string | undefined {
  if (rule.startsWith('one of ')) {
    const names = rule.slice('one of '.length).split(separator);
    return nearestOf(input, names) ?? mapOfName(input, rule);
  }
  if (rule === typeRules.boolean) return /^(?:true|false)$/i.exec(input.trim())?.[0].toLowerCase();
  if (rule.startsWith(choiceRule)) {
    const name = nearestValue(input, rule.slice(choiceRule.length), path);
    return name === undefined ? undefined : `{ name: ${name} }`;
  }
  return rule.startsWith('a number') || rule.startsWith('a whole number')
    ? writtenNumber(input.trim(), path)
    : undefined;
}

/** A choice that has keys of its own, and is none of the bare names. */
function mapOfName(input: string, rule: string): string | undefined {
  const name = usualValue(input);
  const form = /\{ name: (\w+).*\}/.exec(rule);
  return form !== null && form[1] === name ? form[0] : undefined;
}

/** In quotes, with a decimal comma, in per cent, or as a power of ten: `0,05`, `5%`, `10^-3`. */
function writtenNumber(text: string, path: string): string | undefined {
  const [, percent] = /^([-+\d.]+) ?%$/.exec(text) ?? [];
  const [, power] = /^10(?:\^|\*\*)([-+]?\d+)$/.exec(text) ?? [];
  // The smallest effect alone is in points.
  if (percent !== undefined) return numberText(Number(percent) / (path === 'smallestEffect' ? 1 : 100));
  if (power !== undefined) return numberText(Number(`1e${power}`));
  return text === '' ? undefined : numberText(Number(text.replace(/^([-+]?\d+),(\d+)$/, '$1.$2')));
}

const numberText = (value: number) => (Number.isFinite(value) ? String(value) : undefined);

/** What an issue is about: of a choice by name (`{ name: ... }`) the name, else the input. */
function discriminated(issue: z.core.$ZodIssue): unknown {
  const choice = issue.code === 'invalid_union' && 'discriminator' in issue ? issue.discriminator : undefined;
  if (choice === undefined || typeof issue.input !== 'object' || issue.input === null) return issue.input;
  return Reflect.get(issue.input, String(choice));
}

function verdict(input: unknown): Pick<Problem, 'what' | 'value'> {
  if (input === undefined) return { what: 'this key is missing', value: null };
  return { what: 'this value is not possible', value: valueText(input) };
}

function unknownKey(issue: z.core.$ZodIssueUnrecognizedKeys, path: Path, name: string): Problem {
  const keys = issue.message.split(separator);
  const elsewhere = keyOfOtherTools(name);
  const nearest =
    elsewhere === undefined || keys.includes(lastOf(elsewhere)) ? nearestOf(name, keys) : elsewhere;
  const input = issue.input as Readonly<Record<string, unknown>> | undefined;
  const option = path.length === 0 ? optionOfCommands(name) : undefined;
  return {
    path: pathText([...path, name]),
    what: 'there is no such key',
    rule: `one of ${keys.join(separator)}`,
    value: valueText(input?.[name]),
    ...(option !== undefined ? { advice: option } : nearest === undefined ? {} : { nearest }),
  };
}

const lastOf = (path: string) => path.slice(path.lastIndexOf('.') + 1);

const rootMismatch = 1000;

/** How far a union's branch is from the input: a branch of another type altogether is farthest. */
function cost(issues: readonly z.core.$ZodIssue[]): number {
  const misfit = issues.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof issue.input !== 'string')),
  );
  return misfit ? rootMismatch : issues.length;
}

/** One error for all problems; its fields for a single one. */
export function problemsError(problems: readonly Problem[], file: string): CeterisError {
  const place = ({ path, line, setting }: Problem) => {
    if (setting !== undefined) return `${path} (--set ${setting})`;
    return `${path}${line === undefined ? '' : ` (line ${line})`}`;
  };
  const help = ({ advice, nearest }: Problem) =>
    advice ?? (nearest === undefined ? undefined : `did you mean ${nearest}?`);
  if (problems.length === 1) {
    const [problem] = problems;
    const advice = help(problem);
    return requestError({
      what: `${file}: ${problem.what}`,
      where: place(problem),
      rule: problem.rule,
      ...(problem.value === null ? {} : { value: problem.value }),
      ...(advice === undefined ? {} : { advice }),
    });
  }
  const lines = problems.flatMap((problem) => [
    `  ${place(problem)}: ${problem.what}`,
    `    rule:  ${problem.rule}`,
    ...(problem.value === null ? [] : [`    value: ${problem.value}`]),
    ...(help(problem) === undefined ? [] : [`    do:    ${help(problem)}`]),
  ]);
  return requestError({ what: `${file} has ${problems.length} problems\n${lines.join('\n')}` });
}
