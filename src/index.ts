/** The public library. The command line uses nothing else of launch and report. */

export { claimsList } from './analysis/claimList.js';
export { parseClaims } from './analysis/claimParse.js';
export type { ClaimsFile } from './analysis/claimSchema.js';
export { type JudgedClaim, judgeClaims } from './analysis/claims.js';
export { compareNetworks } from './analysis/compareNetworks.js';
export { compareTrials } from './analysis/compareTrials.js';
export { findStudy, verdictCounts } from './analysis/findings.js';
export { type Isolation, isolation } from './analysis/isolation.js';
export { readClaims } from './analysis/node/claimFiles.js';
export { type ImportFilesOptions, importCurveFiles as importCurves } from './analysis/node/importFiles.js';
export { findSubject, type Subject } from './analysis/node/subjects.js';
export { summarizeRun } from './analysis/summary.js';
export { summarizeStudy } from './analysis/summaryStudy.js';
export type { ClaimResult, Finding, StudyFindings } from './analysis/types.js';
export { type BackendChoice, openStep } from './backends/node/openStep.js';
export { CeterisError } from './base/errors.js';
export { compile } from './compile/compile.js';
export { initialState } from './compile/initial.js';
export type { DataProgress, Dataset } from './data/dataset.js';
export { loadDataset } from './data/node/load.js';
export { type BenchKernelsResult, benchKernels } from './launch/benchKernels.js';
export { type BenchStepResult, benchStep } from './launch/benchStep.js';
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
export { type PlanStudyOptions, planStudy, type StudyPlan } from './launch/planStudy.js';
export { type RunStudyOptions, readStudyFile, runStudy } from './launch/runStudy.js';
export { type TrainRunOptions, trainRun } from './launch/trainRun.js';
export { buildNetwork, type NetworkConfig } from './nn/build.js';
export { type Comparison, comparisonText } from './report/compareText.js';
export { compareSubjects } from './report/node/compareSubjects.js';
export { type WrittenReport, writeReport } from './report/node/writeReport.js';
export { runsTable, summaryTable } from './report/terminal.js';
export { findingsText, findingText, verdictsText } from './report/terminalFindings.js';
export { measuresTable, runText } from './report/terminalRuns.js';
export { listStudies } from './store/node/listStudies.js';
export { loadRun, loadStudy } from './store/node/studyFiles.js';
export type { LoadedRun, MetricsRow, RunRecord, RunStatus, StudyRecords } from './store/records.js';
export { expandTrials, planRuns } from './study/expand.js';
export { newStudyText } from './study/newStudy.js';
export { type ParseOptions, parseStudy } from './study/parse.js';
export { studyJsonSchema } from './study/schema.js';
export type { ResolvedStudy, Run, RunConfiguration, Trial } from './study/types.js';
export type { TrainEvent } from './train/events.js';
export { trainGroup } from './train/trainGroup.js';
