/** What the commands use: the public library, and what a person at a terminal needs besides. No other file here looks further. */

export { analysisJson } from '../analysis/analyse.js';
export { claimsList } from '../analysis/claims/list.js';
export { findSubject } from '../analysis/trials/node/subjects.js';
export { summarizeRun } from '../analysis/trials/summary.js';
export { type BenchKernelsResult, benchKernels } from '../bench/benchKernels.js';
export { type BenchStepResult, benchStep } from '../bench/benchStep.js';
export { type ExplainResult, explainSteps } from '../bench/explain.js';
export { benchGpuKernels, type GpuBenchKernelsResult } from '../bench/gpu/benchKernels.js';
export { benchGpuStep, type GpuBenchStepResult } from '../bench/gpu/benchStep.js';
export { formatPlan } from '../import/plan.js';
export { readAs, unreadText } from '../import/planText.js';
export * from '../index.js';
export { inspectMachine, type MachineReport } from '../launch/doctor.js';
export { type Cancelled, cancelOnCluster } from '../launch/slurm/cancel.js';
export type { ClusterEvent, ClusterState } from '../launch/slurm/events.js';
export { type JobOptions, type JobOutcome, runJob } from '../launch/slurm/job.js';
export { type ClusterOptions, runOnCluster } from '../launch/slurm/launch.js';
export type { NetworkConfig } from '../nn/build.js';
export { loadHeldStudy } from '../store/node/frozenPlan.js';
export { findKeys, type KeyEntry, keyReference } from '../study/keyReference.js';
export { newStudyText } from '../study/newStudy.js';
export { comparisonText } from '../terminal/compare.js';
export { findingsText, verdictsText } from '../terminal/findings.js';
export { importedText } from '../terminal/imported.js';
export { compareSubjects } from '../terminal/node/compareSubjects.js';
export { measuresTable, runText } from '../terminal/runs.js';
export { runsTable } from '../terminal/tables.js';
