/** Study -> trials -> runs: what other folders use of it. */
export { baselineLevel, equalLevel, expandTrials } from './design.js';
export { continuesWithMoreEpochs, fingerprint, type RunInputs } from './fingerprint.js';
export { identified, type PlannedRun, planRuns, planTrials, runId } from './plan.js';
export {
  type Choice,
  chosenTrial,
  finalTrials,
  isDecided,
  levelsOfRole,
  type SearchGroup,
  searchBasis,
  searchGroups,
} from './search.js';
