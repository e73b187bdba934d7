/** The stages of a study: of one with nuisance factors its search, and the chosen trials again with fresh seeds. */

import { declaredMeasure } from '../analysis/measures/measures.js';
import { selectTrials } from '../analysis/search/selection.js';
import { count, formatValue } from '../analysis/words/format.js';
import { levelsLabel } from '../analysis/words/labels.js';
import { lookNote } from '../analysis/words/looks.js';
import { loadStudy, readLooks, readSelections, recordSelection } from '../store/node/studyFiles.js';
import type { RunStatus, SelectedLevel, SelectionRecord } from '../store/records.js';
import { planRuns, searchBasis } from '../study/expand.js';
import { canonicalJson } from '../study/paths.js';
import type { MetricConfiguration, Run } from '../study/types.js';
import type { StudyEvent } from './events.js';
import { type Launch, launchRuns } from './launchRuns.js';
import { addLook } from './looks.js';
import { hasEnded, statusOf } from './status.js';

type Staged = Omit<Launch, 'runs' | 'stage'>;
/** What choosing the stage needs. */
export type StagePlan = Pick<Launch, 'study' | 'directory' | 'trainer' | 'notes'>;
export type CurrentStage = Pick<Launch, 'stage' | 'runs' | 'notes'>;

/**
 * Does the search, chooses once it is complete, then trains the chosen trials; of a study without a search, all of them.
 * @param looked a look was recorded already for what this call adds
 */
export async function* launchStages(
  plan: Staged,
  looked: boolean,
): AsyncGenerator<StudyEvent, Map<string, RunStatus>> {
  let now = currentStage(plan, looked, { readsAgain: true });
  if (now.stage === 'search') {
    const status = yield* launchRuns({ ...plan, ...now });
    if (![...status.values()].every(hasEnded)) return status;
    now = currentStage(plan, looked);
  }
  return yield* launchRuns({ ...plan, ...now });
}

/**
 * What is to be trained now: the search until it is complete, then with the trials that are chosen of it. A selection on
 * record stands as long as the search is the same; another search (more trials, other levels, another rule) is followed
 * by another selection. To be called under the study's lock.
 * @param readsAgain searched runs whose metrics the study reads otherwise by now are read again before it is chosen
 */
export function currentStage(
  plan: StagePlan,
  looked: boolean,
  { readsAgain = false }: { readonly readsAgain?: boolean } = {},
): CurrentStage {
  const { study, directory } = plan;
  const { inputs } = plan.trainer;
  if (study.selection === null) return { stage: 'final', runs: planRuns(study, inputs), notes: plan.notes };
  const search = planRuns(study, inputs).filter(({ stage }) => stage === 'search');
  const basis = searchBasis(study, search);
  let selection = readSelections(directory).at(-1) ?? null;
  const looks: string[] = [];
  if (selection?.basis !== basis) {
    const isOpen = (run: Run) =>
      !hasEnded(statusOf(directory, run)) || (readsAgain && plan.trainer.isReadOtherwise?.(run) === true);
    if (search.some(isOpen)) {
      return { stage: 'search', runs: search, notes: plan.notes };
    }
    const chosen = choose(plan, { before: selection, basis, looked });
    selection = chosen.selection;
    if (chosen.change !== null) looks.push(lookNote(chosen.change, readLooks(directory).length));
  }
  const runs = planRuns(study, inputs, selection.levels);
  const notes = [...plan.notes, ...looks, ...selection.levels.map((one) => describe(one, selection.metric))];
  return { stage: 'final', runs, notes };
}

interface Choosing {
  readonly before: SelectionRecord | null;
  readonly basis: string;
  readonly looked: boolean;
}

/** Selects and records it; other choices than before, after final runs were seen, are a look. */
function choose(
  { study, directory, trainer: { inputs } }: StagePlan,
  { before, basis, looked }: Choosing,
): { readonly selection: SelectionRecord; readonly change: string | null } {
  const { metric, seeds } = study.selection!;
  const selection = {
    at: new Date().toISOString(),
    metric,
    seeds: seeds.map(({ label }) => label),
    basis,
    levels: selectTrials(study, loadStudy(directory).search?.runs ?? []),
  };
  const finals = (levels: readonly SelectedLevel[]) =>
    planRuns(study, inputs, levels).filter(({ stage }) => stage === 'final');
  const old = finals(before?.levels ?? []);
  const now = finals(selection.levels);
  const seen = old.some((run) => hasEnded(statusOf(directory, run)));
  const isLook = before !== null && seen && !looked && !equalRuns(old, now);
  const change = 'the search was changed and trials were selected anew after results were seen';
  if (isLook) addLook(directory, { runsBefore: old.length, runsAfter: now.length, change });
  recordSelection(directory, selection);
  return { selection, change: isLook ? change : null };
}

function equalRuns(a: readonly Run[], b: readonly Run[]): boolean {
  const prints = (runs: readonly Run[]) => canonicalJson(runs.map(({ fingerprint }) => fingerprint));
  return prints(a) === prints(b);
}

/** `baseline: learning rate 0.05, validation accuracy 52.10%, best of 8 trials`. */
function describe(
  { name, chosen, value, trials, finished }: SelectedLevel,
  rule: MetricConfiguration,
): string {
  if (chosen === null)
    return `${name}: none of ${count(trials, 'trial')} trained to its end, so none is chosen`;
  const measure = declaredMeasure(rule);
  const of = finished === trials ? count(trials, 'trial') : `${finished} of ${trials} trials that finished`;
  return `chosen for ${name}: ${levelsLabel(chosen)} (${measure.label} ${formatValue(value, measure.unit)}, best of ${of})`;
}
