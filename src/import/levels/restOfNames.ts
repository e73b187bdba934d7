/** What of the names of runs was not understood: numbers of repeats, dates and machines, or levels that nobody told. */

import { requestError } from '../../base/errors.js';
import type { ToldRun } from './assign.js';

const EDGE = '(?:^|(?<=[_\\-,;\\s./@]))';
/** Machines and times, which tell nothing of a run however many share them. */
const CIRCUMSTANCES = new RegExp(
  [
    `${EDGE}(?:gpu|cpu)?[_-]?(?:node|host|gpu|cpu|rank|worker)[_-]?\\d+`,
    // The folders of TensorBoard's writer, of W&B and (with the number of a job) of Hydra.
    '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\\d\\d_\\d\\d-\\d\\d-\\d\\d',
    '(?:offline-)?run-\\d{8}_\\d{6}-[a-z0-9]{8}',
    '(?<!\\d)(?:19|20)\\d\\d([-_.]?)(?:0\\d|1[0-2])\\1[0-3]\\d(?:[T_\\- /]+[0-2]\\d[-_.:]?[0-5]\\d(?:[-_.:]?[0-5]\\d)?(?:/\\d+(?=$|/))?)?(?!\\d)',
    '(?<!\\d)1[5-9]\\d{8}(?:\\d{3})?(?!\\d)',
  ].join('|'),
  'gi',
);
/** Counters and hashes: names of runs where each has one of its own. */
const COUNTERS = new RegExp(
  [
    `${EDGE}(?:run|rep|repeat|replicate|trial|fold|split|try|attempt|exp|experiment|job|task|array|id|idx|index|slurm|version|ver|v|part|no|nr|num|sweep|session)s?[_\\-#= ]*\\d+`,
    `${EDGE}(?=[0-9a-f]*\\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?=$|[_\\-,;\\s./])`,
    // After a word that is no counter it may be a size: `vgg_16`.
    '^\\d+$',
  ].join('|'),
  'gi',
);

const bare = (text: string) => text.replace(/[_\-,;\s]+/g, '_').replace(/^_+|_+$/g, '');

/** The names without the number at their end, where in each it is the run's own seed, which something else tells too. */
function withoutSeeds(group: readonly ToldRun[]): string[] {
  const ends = group.map(({ seed }) => (/^\d+$/.test(String(seed)) ? new RegExp(`${EDGE}${seed}$`) : null));
  const haveAll = group.every(({ rest }, i) => ends[i]?.test(rest));
  return group.map(({ rest }, i) => (haveAll ? rest.replace(ends[i]!, '') : rest));
}

/** What is left of each name once machines, times and, where no two runs share one, counters are taken away. */
function wordsOf(group: readonly ToldRun[]): string[] {
  const names = withoutSeeds(group);
  const rests = names.map((name) => bare(name.replace(CIRCUMSTANCES, '')));
  const isCounted = new Set(rests).size === rests.length;
  return isCounted ? rests.map((rest) => bare(rest.replace(COUNTERS, ''))) : rests;
}

/**
 * Runs of equal levels whose names differ in words. Under common seeds they are one run twice, or an error of its own;
 * under seeds of their own, or none, the words may be levels.
 * @throws a request error where they may be
 */
export function refuseWords(group: readonly ToldRun[]): void {
  const words = wordsOf(group);
  const byWords = new Map<string, { readonly first: ToldRun; readonly seeds: Set<unknown> }>();
  for (const [i, one] of group.entries()) {
    const own = byWords.get(words[i]!) ?? { first: one, seeds: new Set() };
    byWords.set(words[i]!, own);
    own.seeds.add(one.seed);
  }
  const [a, ...others] = byWords.values();
  const b = others.find(({ seeds }) => {
    const common = [...seeds].some((seed) => seed !== null && a!.seeds.has(seed));
    return !common;
  });
  if (a === undefined || b === undefined) return;
  throw requestError({
    what: 'the names of runs differ in a part that tells no known level',
    where: `${a.first.run.name} and ${b.first.run.name}`,
    value: `${a.first.rest || 'nothing'} and ${b.first.rest || 'nothing'}`,
    advice:
      "--levels 'lr_{learningRate}_{activation}_s{seed}' (`{_}` takes what means nothing), or --runs TABLE",
  });
}

/** Words that differ between runs of different levels: said, for they may be what makes the difference. */
export function wordNotes(told: readonly ToldRun[]): string[] {
  // Of a table of several runs the columns tell what the names say.
  const named = told.filter(({ run }) =>
    run.pieces.every(({ part }) => part.run !== undefined || Object.keys(part).length === 0),
  );
  const different = new Set(wordsOf(named));
  if (different.size < 2) return [];
  const words = [...different].filter((one) => /[a-z]/i.test(one));
  if (words.length === 0) return [];
  const shown = `${words.slice(0, 6).join(', ')}${words.length > 6 ? ', ...' : ''}`;
  return [`the names of runs differ in a part that was not read: ${shown}`];
}
