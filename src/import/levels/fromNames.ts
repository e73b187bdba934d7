/** Names of folders and files -> levels without a template: `lr=0.01,seed=0`, `lr_0.01_seed_0`, `adam-wd1e-4-s3`. */

import { levelPath } from './hyperparameters.js';

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

const UNCLEAR = new RegExp(`(?:^|[_\\-,;\\s./])(${NAMES})[_\\-= ]?${NUMBER},\\d`, 'i');

/** Whether what was not understood of a name holds the name of a hyperparameter with a number: `lr_0,1`, `lr=0,1`. */
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
    if (NO_LEVEL.test(segment)) continue;
    let rest = segment;
    const take = (pattern: RegExp) => {
      rest = rest.replace(pattern, (whole: string, name: string, text: string) => {
        if (UNCLEAR.test(whole)) return whole;
        add(name, text);
        return '_';
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
