/** What the name of a column most likely means, as the usual tools write them. */

import { hyperparameterOf } from '../levels/hyperparameters.js';

export const METRICS = [
  'trainLoss',
  'trainAccuracy',
  'validLoss',
  'validAccuracy',
  'trainEvalLoss',
  'trainEvalAccuracy',
  'learningRate',
] as const;
export type Metric = (typeof METRICS)[number];

declare const own: unique symbol;
/** The name of a metric that is read beside those, as a person calls it: `valid/f1`. */
export type OwnName = string & { readonly [own]: true };
/** What a column may be read as. */
export type Curve = Metric | OwnName;

/** A name that is none of `METRICS`. */
export function ownName(name: string): OwnName {
  return name as OwnName;
}
export type Quantity = 'Loss' | 'Accuracy';

export type Meaning =
  | { readonly kind: 'epoch' | 'step' | 'rowNumber' }
  /** `rank`: 0 is the thing itself; higher ones stand back where there is a lower one. */
  | { readonly kind: 'metric'; readonly metric: Metric; readonly rank: number; readonly remark?: string }
  /** A loss or an accuracy whose split is not named. */
  | { readonly kind: 'bare'; readonly quantity: Quantity; readonly rank: number }
  | { readonly kind: 'test'; readonly quantity: Quantity }
  /** Tells runs apart: `run`, `seed`, a hyperparameter. */
  | { readonly kind: 'identity'; readonly key: string; readonly strong: boolean }
  | { readonly kind: 'unknown'; readonly why: string };

/** Why a column of a name that tells nothing is not read. */
export const NO_METRIC = 'no metric that is known here';

const has = (words: readonly string[], any: readonly string[]) => words.some((word) => any.includes(word));

/** `valAcc@1 (%)` -> val, acc, 1; `prec@1` is one word, for `precision` is none of its own. */
export function wordsOf(header: string): string[] {
  return header
    .replace(/prec(?:ision)?@(\d+)/gi, 'prec$1')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .flatMap(splitWord);
}

const SPLITS = 'training|train|trn|validation|valid|val|dev|testing|test|tst|eval';

/** `trainloss` -> train, loss; `top1acc` -> top1, acc. */
function splitWord(word: string): string[] {
  const split = new RegExp(`^(${SPLITS})(loss|acc|accuracy|nll|top1|top5|acc1|acc5)$`).exec(word);
  if (split !== null) return [split[1]!, split[2]!];
  const top = /^(top\d+)(acc|accuracy)$/.exec(word) ?? /^(acc|accuracy)(top\d+)$/.exec(word);
  return top === null ? [word] : [top[1]!, top[2]!];
}

const COUNTING = ['number', 'num', 'nr', 'no', 'idx', 'index', 'id', 'current', 'trainer', 'global', 'total'];
const TIMES = [
  'time',
  'timestamp',
  'runtime',
  'seconds',
  'secs',
  'sec',
  'duration',
  'elapsed',
  'eta',
  'date',
  'walltime',
  'hours',
  'minutes',
  'ms',
];
const SPEEDS = ['second', 'throughput', 'fps', 'samples'];
const LOSSES = ['loss', 'nll', 'crossentropy', 'xent', 'ce', 'bce', 'logloss', 'entropy'];
const ACCURACIES = ['acc', 'accuracy', 'accur', 'top1', 'acc1', 'prec1'];
const ERRORS = ['error', 'errors', 'err', 'err1'];
const VALID = ['val', 'valid', 'validation', 'dev', 'va'];
const TRAIN = ['train', 'training', 'trn', 'tr'];
/** Also what was held out by other names: whether it chose anything is not known. */
const TEST = [
  'test',
  'testing',
  'tst',
  'te',
  'holdout',
  'heldout',
  'hold',
  'held',
  'oof',
  'unseen',
  'generalization',
  'generalisation',
];
/** Quantities made from a loss or an accuracy. */
const DERIVED = [
  'weight',
  'gap',
  'difference',
  'diff',
  'delta',
  'scale',
  'grad',
  'change',
  'gain',
  'improvement',
  'prev',
  'previous',
  'rank',
  'count',
  'counter',
  'threshold',
  'patience',
  'neg',
  'negative',
  'log2',
  'log10',
  'ln',
];
const EVAL = ['eval', 'evaluation', 'evaluate'];
const BEST = ['best', 'max', 'highest', 'lowest', 'peak'];
const SPREAD = [
  'min',
  'std',
  'stddev',
  'stderr',
  'sem',
  'var',
  'variance',
  'lower',
  'upper',
  'ci',
  'lo',
  'hi',
];
/** Words that change nothing: `metrics/accuracy`, `val_loss_mean`, `sparse_categorical_accuracy`. */
const NEUTRAL = new Set([
  ...COUNTING,
  ...LOSSES,
  ...ACCURACIES,
  ...VALID,
  ...TRAIN,
  ...TEST,
  ...EVAL,
  'metrics',
  'metric',
  'scalars',
  'scalar',
  'epoch',
  'epochs',
  'mean',
  'avg',
  'average',
  'all',
  'overall',
  'history',
  'log',
  'logs',
  'value',
  'per',
  'sample',
  'score',
  'the',
  'of',
  'in',
  'on',
  'set',
  'split',
  'data',
  'dataset',
  'model',
  'pct',
  'percent',
  'percentage',
  'perc',
  'top',
  '1',
  'cross',
  'binary',
  'categorical',
  'sparse',
  'multiclass',
  'multilabel',
  'micro',
  'classification',
  'rate',
  'precision1',
  'topk1',
  'full',
  'final',
  'nats',
  'fraction',
  'main',
]);

/** The meaning of a header. One that says "test" is never taken for validation. */
export function meaningOf(header: string): Meaning {
  if (header === '' || /^unnamed: ?\d+$/i.test(header)) return { kind: 'rowNumber' };
  const words = wordsOf(header);
  const rest = words.filter((word) => !COUNTING.includes(word) && !TRAIN.includes(word));
  if (rest.length === 1 && ['epoch', 'epochs', 'ep'].includes(rest[0]!)) return { kind: 'epoch' };
  const steps = [
    'step',
    'steps',
    'iteration',
    'iterations',
    'iter',
    'iters',
    'update',
    'updates',
    'batch',
    'batches',
  ];
  if (rest.length === 1 && steps.includes(rest[0]!)) return { kind: 'step' };
  const quantity = quantityOf(words);
  if (quantity === null) return withoutQuantity(header, words);
  return measured(header, words, quantity);
}

function quantityOf(words: readonly string[]): Quantity | null {
  if (has(words, ACCURACIES)) return 'Accuracy';
  if (has(words, ['top']) && has(words, ['1'])) return 'Accuracy';
  return has(words, LOSSES) ? 'Loss' : null;
}

function withoutQuantity(header: string, words: readonly string[]): Meaning {
  const rate = has(words, ['lr']) || (has(words, ['learning']) && has(words, ['rate']));
  if (rate && !has(words, [...TIMES, ...SPREAD])) {
    const isLevel = /^(lr|learning_?rate)$/i.test(header);
    return { kind: 'metric', metric: 'learningRate', rank: isLevel ? 0 : 1 };
  }
  const identity = identityOf(header, words);
  if (identity !== null) return identity;
  if (isTopMany(header, words)) return { kind: 'unknown', why: topWhy(header, words) };
  if (has(words, ERRORS)) return { kind: 'unknown', why: errorWhy(header, words) };
  if (has(words, TIMES)) return { kind: 'unknown', why: 'a time' };
  if (has(words, SPEEDS)) return { kind: 'unknown', why: 'a speed or a count' };
  return { kind: 'unknown', why: NO_METRIC };
}

const NAMES = [
  'run',
  'experiment',
  'exp',
  'trial',
  'job',
  'config',
  'configuration',
  'setting',
  'variant',
  'method',
  'algorithm',
  'fold',
  'version',
];

/** Columns that say whose row it is. */
function identityOf(header: string, words: readonly string[]): Meaning | null {
  const key = hyperparameterOf(header);
  if (key === 'seed') return { kind: 'identity', key, strong: true };
  if (/^(rep|repeat|repetition|replicate)(_?(id|no|nr|number))?$/i.test(header))
    return { kind: 'identity', key: 'seed', strong: true };
  const rest = words.filter(
    (word) => !['id', 'name', 'number', 'no', 'idx', 'index', 'uid', 'uuid', 'key'].includes(word),
  );
  const named = rest.length === 1 && NAMES.includes(rest[0]!);
  if (named || ['name', 'id'].includes(header.toLowerCase()))
    return { kind: 'identity', key: header, strong: true };
  return key === null ? null : { kind: 'identity', key, strong: false };
}

function measured(header: string, words: readonly string[], quantity: Quantity): Meaning {
  if (has(words, TIMES) || has(words, SPEEDS)) return { kind: 'unknown', why: 'a time or a speed' };
  if (has(words, SPREAD) || /__(MIN|MAX)$/.test(header))
    return { kind: 'unknown', why: 'a bound or a spread' };
  if (has(words, BEST)) return { kind: 'unknown', why: 'the best so far, not the value' };
  if (has(words, ['hparam', 'hparams', 'hp']))
    return { kind: 'unknown', why: 'a copy in the hyperparameters' };
  if (quantity === 'Accuracy' && isTopMany(header, words))
    return { kind: 'unknown', why: topWhy(header, words) };
  if (has(words, ERRORS)) return { kind: 'unknown', why: errorWhy(header, words) };
  if (has(words, DERIVED) || isLogarithm(header))
    return { kind: 'unknown', why: 'no value of the loss or the accuracy itself' };
  const extra = words.filter((word) => !NEUTRAL.has(word));
  const { rank, remark } = rankOf(extra);
  const said = remark === undefined ? {} : { remark };
  const split = splitOf(header, words);
  switch (split) {
    case 'test':
      return { kind: 'test', quantity };
    case null:
      return { kind: 'bare', quantity, rank };
    default:
      return { kind: 'metric', metric: `${split}${quantity}`, rank, ...said };
  }
}

/** `top-5, not top-1`. */
function topWhy(header: string, words: readonly string[]): string {
  return `top-${topMany(header, words)?.toLowerCase()}, not top-1`;
}

/** `val_error`, `error_rate`, `err@1`: one minus the accuracy. */
export function isErrorRate(header: string): boolean {
  const words = wordsOf(header);
  if (has(words, ACCURACIES) || has(words, LOSSES) || isTopMany(header, words)) return false;
  return has(words, ERRORS) && !has(words, REGRESSION);
}

const REGRESSION = ['squared', 'absolute', 'abs', 'square', 'relative', 'reconstruction'];

function errorWhy(header: string, words: readonly string[]): string {
  if (!isErrorRate(header)) return 'an error, not an accuracy';
  const split = has(words, TRAIN) ? 'train' : 'valid';
  return `an error rate, not an accuracy: --columns ${split}Accuracy=${header} reads 1 minus it`;
}

/** `log_train_loss`, not `log_loss` and `logs/loss`. */
function isLogarithm(header: string): boolean {
  return /(^|[_\s-])log[_\s-](?!loss)|[_\s-]log$/i.test(header);
}

function isTopMany(header: string, words: readonly string[]): boolean {
  return topMany(header, words) !== null;
}

/** Of how many answers one must be right, where it is not one: `5`, `k`. */
function topMany(header: string, words: readonly string[]): string | null {
  const many = '([2-9]|\\d\\d+|k)';
  const word = words.map((one) => new RegExp(`^(?:top|acc|prec|err)${many}$`).exec(one)).find(Boolean);
  const apart = new RegExp(`(?:\\btop|@|\\bacc(?:uracy)?)[\\s-]*${many}\\b`, 'i');
  return (word ?? apart.exec(header.replace(/_/g, ' ')))?.[1] ?? null;
}

/** A loss of single updates stands behind that of the epoch; a part of a loss behind the whole. */
function rankOf(extra: readonly string[]): { rank: number; remark?: string } {
  if (has(extra, ['step', 'steps', 'batch', 'iter', 'iteration']))
    return { rank: 3, remark: 'of single updates' };
  if (has(extra, ['running', 'rolling', 'moving', 'cumulative', 'smooth', 'smoothed']))
    return { rank: 3, remark: 'smoothed' };
  if (has(extra, ['ema', 'swa', 'averaged'])) return { rank: 2, remark: 'of averaged weights' };
  return extra.length === 0
    ? { rank: 0 }
    : { rank: 1, remark: `"${extra.join(' ')}" may make it a part only` };
}

function splitOf(header: string, words: readonly string[]): 'train' | 'valid' | 'trainEval' | 'test' | null {
  if (has(words, TEST)) return 'test';
  const trains = has(words, TRAIN);
  if (trains && has(words, EVAL)) return 'trainEval';
  if (has(words, VALID) || has(words, EVAL)) return 'valid';
  if (trains) return 'train';
  // Ultralytics writes what it validated under metrics/.
  return /^metrics\//.test(header) ? 'valid' : null;
}
