/** What a study still has to run, in one line. */

import type { LoadedRun } from '../../store/records.js';
import { isFinished } from '../measures/curves.js';
import { count, rangesText } from '../words/format.js';
import { isImported } from './imported.js';
import type { GroupedStudy } from './study.js';

/** Above so many trials the rest is counted. */
const MOST_NAMED = 4;

interface Open {
  readonly trial: string;
  readonly seed: number;
  /** `not started`, `interrupted`, `failed`. */
  readonly state: string;
  /** Whether the study's command goes on with it. */
  readonly goesOn: boolean;
}

/**
 * `5 of 12 runs have not ended: seed 2 of the baseline (interrupted at epoch 7 of 20); seeds 0 to 2 of learning rate 0.2
 * (not started). ...`; `null` where every run has finished or diverged. Of a search, its own runs first.
 */
export function unfinishedText({ records, trials }: GroupedStudy): string | null {
  const { search } = records;
  const runs = [...(search?.runs ?? []), ...records.runs];
  const missing = [...(search?.missing ?? []), ...records.missing];
  const words = new Map(trials.map(({ name, fullLabel }) => [name, fullLabel]));
  const open: Open[] = [
    ...runs.filter(isOpen).map(({ record, misfit }) => ({
      trial: words.get(record.trialName) ?? record.trialName,
      seed: record.seed.label,
      goesOn: misfit === undefined,
      state:
        misfit !== undefined
          ? 'its rows do not fit its record'
          : record.status === 'failed'
            ? 'failed'
            : `${record.status === 'interrupted' ? 'interrupted at' : `${record.status},`} epoch ${record.epochsDone} of ${record.epochs}`,
    })),
    ...missing.map(({ trialName, seed }) => ({
      trial: words.get(trialName) ?? trialName,
      seed: seed.label,
      goesOn: true,
      state: 'not started',
    })),
  ];
  if (open.length === 0) return null;
  const parts = grouped(open);
  const named = parts.slice(0, MOST_NAMED).map(({ text }) => text);
  const rest = parts.slice(MOST_NAMED).reduce((sum, { runs: n }) => sum + n, 0);
  const more = rest === 0 ? '' : `; and ${count(rest, 'run')} of other trials`;
  const verb = open.length === 1 ? 'has' : 'have';
  const going = open.filter(({ goesOn }) => goesOn).length;
  const which =
    going < open.length
      ? `the ${count(going, 'other')}`.replace(/^the 1 other$/, 'the other one')
      : open.length === 1
        ? 'it'
        : 'them';
  const goOn =
    isImported(records) || going === 0 ? '' : ` The same “ceteris run” command goes on with ${which}.`;
  return `${open.length} of ${count(runs.length + missing.length, 'run')} ${verb} not ended: ${named.join('; ')}${more}.${goOn}`;
}

const isOpen = (run: LoadedRun) => !isFinished(run) && run.record.status !== 'diverged';

/** One text for the seeds of a trial that are in one state. */
function grouped(open: readonly Open[]): { readonly text: string; readonly runs: number }[] {
  const groups = new Map<string, Open[]>();
  for (const one of open) {
    const key = `${one.trial} ${one.state}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].map((own) => {
    const [{ trial, state }] = own as [Open, ...Open[]];
    const seeds = own.map(({ seed }) => seed).sort((a, b) => a - b);
    return {
      text: `${seeds.length === 1 ? 'seed' : 'seeds'} ${rangesText(seeds)} of ${trial} (${state})`,
      runs: own.length,
    };
  });
}
