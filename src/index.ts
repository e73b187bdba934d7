/** The public library. The command line uses nothing else of launch and report. */

export { type Analysis, analyse, analysisJson } from './analysis/analyse.js';
export { type JudgedClaim, judgeClaims } from './analysis/claims/claims.js';
export { claimsList } from './analysis/claims/list.js';
export { readClaims } from './analysis/claims/node/claimFiles.js';
export { parseClaims } from './analysis/claims/parse.js';
export type { ClaimsFile } from './analysis/claims/schema.js';
export { compareNetworks } from './analysis/findings/compareNetworks.js';
export { compareTrials } from './analysis/findings/compareTrials.js';
export { findStudy } from './analysis/findings/findings.js';
export { verdictCounts } from './analysis/findings/verdictCounts.js';
export type { Isolation } from './analysis/search/isolation.js';
export { findSubject, type Subject } from './analysis/trials/node/subjects.js';
export { RunGroup } from './analysis/trials/runGroup.js';
export { summarizeRun } from './analysis/trials/summary.js';
export type {
  ClaimResult,
  DeclaredFinding,
  ExploredFinding,
  Finding,
  ReachedFinding,
  ShareFinding,
  StudyFindings,
} from './analysis/words/results.js';
export { type BackendChoice, openStep } from './backends/node/openStep.js';
export { CeterisError } from './base/errors.js';
export { type BenchKernelsResult, benchKernels } from './bench/benchKernels.js';
export { type BenchStepResult, benchStep } from './bench/benchStep.js';
export { type ExplainResult, explainSteps } from './bench/explain.js';
export { compile } from './compile/compile.js';
export { initialState } from './compile/initial.js';
export type { DataProgress, Dataset } from './data/dataset.js';
export { loadDataset } from './data/node/load.js';
export {
  type ImportOptions,
  type ImportTarget,
  importCurves,
  planImport,
  sealedPlan,
} from './import/node/importFiles.js';
export { formatPlan, type ReadingPlan } from './import/plan.js';
export { readAs, unreadText } from './import/planText.js';
export { inspectMachine, type MachineReport } from './launch/doctor.js';
export type {
  RunEndedEvent,
  RunEpochEvent,
  RunProgressEvent,
  RunStartedEvent,
  StudyEndedEvent,
  StudyEvent,
  StudyStartedEvent,
} from './launch/events.js';
export { type RunStudyOptions, readStudyFile, runStudy } from './launch/runStudy.js';
export { type Cancelled, cancelOnCluster } from './launch/slurm/cancel.js';
export type { ClusterEvent, ClusterState } from './launch/slurm/events.js';
export { type JobOptions, type JobOutcome, runJob } from './launch/slurm/job.js';
export { type ClusterOptions, runOnCluster } from './launch/slurm/launch.js';
export { type TrainRunOptions, trainRun } from './launch/trainRun.js';
export { buildNetwork, type NetworkConfig } from './nn/build.js';
export { type PlanStudyOptions, planStudy, type StudyPlan } from './plan/planStudy.js';
export { type WrittenReport, writeReport } from './report/node/writeReport.js';
export { loadHeldStudy } from './store/node/frozenPlan.js';
export { listStudies } from './store/node/listStudies.js';
export { loadRun, loadStudy } from './store/node/studyFiles.js';
export type { LoadedRun, MetricsRow, RunRecord, RunStatus, StudyRecords } from './store/records.js';
export { expandTrials, planRuns } from './study/expand.js';
export { findKeys, type KeyEntry, keyReference } from './study/keyReference.js';
export { newStudyText } from './study/newStudy.js';
export { type ParseOptions, parseStudy } from './study/parse.js';
export { studyJsonSchema } from './study/schema.js';
export type { ResolvedStudy, Run, RunConfiguration, Trial } from './study/types.js';
export { type Comparison, comparisonText } from './terminal/compare.js';
export { findingsText, findingText, verdictsText } from './terminal/findings.js';
export { importedText } from './terminal/imported.js';
export { compareSubjects } from './terminal/node/compareSubjects.js';
export { measuresTable, runText } from './terminal/runs.js';
export { runsTable, summaryTable } from './terminal/tables.js';
export type { TrainEvent } from './train/events.js';
export { trainGroup } from './train/trainGroup.js';
