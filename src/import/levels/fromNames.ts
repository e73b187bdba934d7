/** Names of folders and files -> levels without a template: `lr=0.01,seed=0`, `lr_0.01_seed_0`, `adam-wd1e-4-s3`. */

import { hyperparameterOf, isNumeric, levelPath } from './hyperparameters.js';

/** What a name tells, as texts by path, and what of it was not understood. */
export interface NameLevels {
  readonly texts: Readonly<Record<string, string>>;
  readonly rest: string;
  /** A path that the name gives two values. */
  readonly contradiction: string | null;
}

const NUMBER = '[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?';
const NAMES =
  'learning_?rate|weight_?decay|batch_?size|random_?seed|seed|dropout|momentum|lr|wd|bs|epochs|warmup|width|depth|rep|repeat|replicate';
const FRACTIONS = 'learning_?rate|weight_?decay|dropout|momentum|lr|wd';
const WORDS = 'optimizer|optim|opt|activation|act|schedule[r]?|sched|model|arch|dataset';
const PAIR = /(?:^|[,;&_\-\s+])([A-Za-z][A-Za-z0-9_.]*?)=(.+?)(?=$|[,;&_\-\s+]+[A-Za-z][A-Za-z0-9_.]*=)/g;
/** A comma before a digit may mark decimals: `lr_0,1` is not understood. */
const KNOWN_PAIR = new RegExp(
  `(?:^|[_\\-,;\\s.])(${NAMES})[_\\- ]?(${NUMBER})(?=$|[_\\-;\\s/]|,(?!\\d))`,
  'gi',
);
const WORD_PAIR = new RegExp(
  `(?:^|[_\\-,;\\s.])(${WORDS})[_\\-]([A-Za-z][A-Za-z0-9]*)(?=$|[_\\-,;\\s])`,
  'gi',
);
/** A number, and after it what is no part of it: a word, a date, a hash. `lr=0.1_final`, `seed=0_2024-05-01`. */
const LEADING = new RegExp(
  `^(${NUMBER})(?=[_\\-,;\\s(\\[]+[^\\d._\\-,;\\s(\\[]|_\\d{4}-\\d\\d|[_\\-](?=[0-9a-f]*[a-f])[0-9a-f]{7,40}$)`,
  'i',
);
const SHORT_SEED = /(?:^|[_\-,;\s])(s)(\d+)(?=$)/g;
const REPEATS = ['rep', 'repeat', 'replicate', 's'];

/** Words that name an optimizer, an activation or a schedule wherever they stand. */
const VOCABULARY: Readonly<Record<string, readonly string[]>> = {
  'training.optimizer': ['sgd', 'adam', 'adamw', 'rmsprop', 'adagrad', 'lion', 'nadam'],
  activation: ['relu', 'gelu', 'sigmoid', 'tanh', 'silu', 'elu', 'leakyrelu'],
  schedule: ['cosine', 'constant', 'linear'],
};

/** Parts that are no levels: `version_0`, `checkpoint-36`, the names that tools give their files. */
const NO_LEVEL =
  /^(version_\d+|checkpoint-\d+|lightning_logs|default|logs?|runs?|results?|csv|tensorboard|tb|metrics|progress|history|training_log|trainer_state|events?|summary|train|val|curves?|output|out|data)$/i;

export function isNoLevel(segment: string): boolean {
  return NO_LEVEL.test(segment);
}

/** The segments below the folder that all logs share; with one log, its name and the folder above it. */
export function ownSegments(names: readonly string[]): string[][] {
  const split = names.map((name) => name.split('/'));
  const [first] = split;
  if (split.length === 1) return [first!.slice(-3)];
  let shared = 0;
  while (split.every((one) => one.length > shared + 1 && one[shared] === first![shared])) shared += 1;
  return split.map((one) => one.slice(shared));
}

/** What the nearest folders that all logs share tell: true of every run that tells nothing else. */
export function sharedLevels(names: readonly string[]): Readonly<Record<string, string>> {
  const own = ownSegments(names);
  const shared = names[0]!.split('/').slice(0, -own[0]!.length).slice(-2);
  return names.length === 1 ? {} : levelsInName(shared).texts;
}

const UNCLEAR = new RegExp(
  `(?:^|[_\\-,;\\s./])(?:(?:${NAMES})[_\\-= ]?${NUMBER},\\d|(?:${FRACTIONS})[_\\-= ]?0[_\\-]\\d)`,
  'i',
);

/**
 * Whether what was not understood of a name holds the name of a hyperparameter with a number: `lr_0,1`, `lr=0,1`, and
 * `lr_0_01`, which is 0.01 or 0 and something else.
 */
export function holdsUnclearLevel(rest: string): boolean {
  return UNCLEAR.test(rest);
}

export function levelsInName(segments: readonly string[]): NameLevels {
  const texts: Record<string, string> = {};
  const rests: string[] = [];
  let contradiction: string | null = null;
  const add = (name: string, text: string) => {
    const path = REPEATS.includes(name.toLowerCase()) ? 'seed' : levelPath(name);
    if (texts[path] !== undefined && texts[path] !== text) contradiction ??= path;
    texts[path] = text;
  };
  for (const segment of segments) {
    if (isNoLevel(segment)) continue;
    let rest = segment.replace(/\.(csv|tsv|jsonl?|ndjson|log|txt)$/i, '');
    const take = (pattern: RegExp) => {
      rest = rest.replace(pattern, (whole: string, name: string, text: string, at: number, all: string) => {
        if (UNCLEAR.test(all.slice(at, at + whole.length + 2))) return whole;
        const [before, own] = withoutCounter(name);
        const value = isNumeric(levelPath(own)) ? (LEADING.exec(text)?.[1] ?? text) : text;
        add(own, value);
        return `_${before}_${text.slice(value.length)}`;
      });
    };
    take(PAIR);
    // A match ends where the next one may begin, so each pattern is held against what is left once more.
    for (const pattern of [KNOWN_PAIR, KNOWN_PAIR, WORD_PAIR, SHORT_SEED]) take(pattern);
    rest = takeVocabulary(rest, add);
    rest = rest.replace(/^[_\-,;\s]+|[_\-,;\s]+$/g, '');
    if (rest !== '' && !NO_LEVEL.test(rest)) rests.push(rest);
  }
  return { texts, rest: rests.join('/'), contradiction };
}

/** `train_fn_00000_0_lr` of Ray Tune: the name of a trial, its number, and a hyperparameter. */
function withoutCounter(name: string): readonly [string, string] {
  const match = /^(.*_\d+)_([A-Za-z].*)$/.exec(name);
  return match !== null && hyperparameterOf(match[2]!) !== null ? [match[1]!, match[2]!] : ['', name];
}

function takeVocabulary(text: string, add: (path: string, value: string) => void): string {
  return text
    .split(/([_\-,;\s]+)/)
    .filter((word) => {
      const found = Object.entries(VOCABULARY).find(([, words]) => words.includes(word.toLowerCase()));
      if (found !== undefined) add(found[0], word.toLowerCase());
      return found === undefined;
    })
    .join('');
}
