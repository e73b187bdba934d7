/** Study -> trials -> runs: what other folders use of it. */
export { baselineLevel, equalLevel, expandTrials } from './design.js';
export { continuesWithMoreEpochs, fingerprint, type RunInputs } from './fingerprint.js';
export { planRuns, runId } from './plan.js';
