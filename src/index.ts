/**
 * The library for people: a study is parsed, planned, run, loaded, analysed and reported; curves of other tools are
 * imported; claims are held against what was measured. What trains the networks is `ceteris/engine`.
 *
 * @module ceteris
 */

export { type Analysis, analyse } from './analysis/analyse.js';
export { type JudgedClaim, judgeClaims } from './analysis/claims/claims.js';
export { readClaims } from './analysis/claims/node/claimFiles.js';
export { parseClaims } from './analysis/claims/parse.js';
export type { ClaimsFile } from './analysis/claims/schema.js';
export { compareTrials } from './analysis/findings/compareTrials.js';
export type { FindOptions } from './analysis/findings/findings.js';
export type { Prominence } from './analysis/findings/prominence.js';
export type { CurveName, MeanPoint, Point } from './analysis/measures/curves.js';
export type { Measure } from './analysis/measures/measures.js';
export type { ChosenLevel, Isolation, IsolationRow } from './analysis/search/isolation.js';
export type { Edge } from './analysis/search/isolationEdge.js';
export type { BestLevels } from './analysis/trials/bestLevels.js';
export type { RunCounts } from './analysis/trials/counts.js';
export type { Crossing } from './analysis/trials/crossed.js';
export type { GroupCurve } from './analysis/trials/groupCurves.js';
export type { GroupParts, Levels, NewGroup, RunGroup } from './analysis/trials/runGroup.js';
export type { FactorGroups, GroupedStudy } from './analysis/trials/study.js';
export type { LevelSummary } from './analysis/trials/summary.js';
export type { NotLearned, Troubles } from './analysis/trials/troubles.js';
export type {
  Bounds,
  ClaimResult,
  ComparedIn,
  Curse,
  DeclaredFinding,
  DifferenceFinding,
  EquivalenceTest,
  ExploredFinding,
  Finding,
  FindingBase,
  FindingVerdict,
  FragileReading,
  Improvement,
  ReachedFinding,
  ShareFinding,
  SimpleEffect,
  StandardizedDifference,
  StudyFindings,
  UnseenCollapse,
  Untrained,
  Verdict,
} from './analysis/words/results.js';
export type { AdapterRequest } from './backends/webgpu/choose.js';
export type { GpuPrecision } from './backends/webgpu/precision.js';
export { CeterisError, type ErrorDetails, type ErrorKind } from './base/errors.js';
export type { ReplicaState } from './compile/step.js';
export type {
  Cifar10Config,
  Cifar100Config,
  DatasetConfig,
  SyntheticConfig,
  SyntheticOptions,
} from './data/config.js';
export type { DataProgress, Dataset } from './data/dataset.js';
export { type LoadOptions, loadDataset } from './data/node/load.js';
export type { Choices as ImportChoices } from './import/choices.js';
export {
  type ImportOptions,
  type ImportTarget,
  importCurves,
  planImport,
  type WrittenImport,
} from './import/node/importFiles.js';
export type { ReadingPlan } from './import/plan.js';
export type { Allotment } from './launch/allotment.js';
export type { Device } from './launch/backend.js';
export type { DataPlace } from './launch/dataPlace.js';
export type {
  RunEndedEvent,
  RunEpochEvent,
  RunProgressEvent,
  RunStartedEvent,
  StudyEndedEvent,
  StudyEvent,
  StudyStartedEvent,
} from './launch/events.js';
export type { Lockstep } from './launch/groups.js';
export type { StepTimes } from './launch/measureSteps.js';
export type { RunSettings, RunStudyOptions } from './launch/options.js';
export { type PredictOptions, predict } from './launch/predict.js';
export { readStudyFile, type StudySource } from './launch/readStudyFile.js';
export { runStudy } from './launch/runStudy.js';
export { type TrainRunOptions, trainRun } from './launch/trainRun.js';
export type { Pooling } from './nn/cnn.js';
export type { ActivationName } from './nn/network.js';
export type { OptimizerName } from './optim/optimizer.js';
export type { PlannedKind } from './plan/family.js';
export type { PowerLimits } from './plan/limits.js';
export {
  type PlannedMemory,
  type PlannedTrial,
  type PlanSettings,
  type PlanStudyOptions,
  planStudy,
  type StudyPlan,
} from './plan/planStudy.js';
export type { PlannedDeviation, PowerPlan, PowerRow } from './plan/power.js';
export type { MeasuredKind } from './plan/time.js';
export type { ReportExtras } from './report/buildReport.js';
export { type WrittenReport, writeReport } from './report/node/writeReport.js';
export type { PlannedContrast } from './stats/power.js';
export type { BackendDescriptionRecord } from './store/backend.js';
export type { ClusterRecord, JobEnd, SittingRecord } from './store/cluster.js';
export { listStudies, type StudyEntry } from './store/node/listStudies.js';
export { loadRun, loadStudy } from './store/node/studyFiles.js';
export type {
  CalibrationRecord,
  GradientsRow,
  LoadedRun,
  LookRow,
  MetricsRow,
  MissingRun,
  RunRecord,
  RunStatus,
  SearchRecords,
  SelectedLevel,
  SelectionRecord,
  SplitRecord,
  StudyRecords,
  TrainerRecord,
} from './store/records.js';
export { expandTrials } from './study/expand.js';
export type { LauncherConfiguration } from './study/launcher.js';
export type { CurveMetric, MetricName } from './study/metrics.js';
export { type ParseOptions, parseStudy } from './study/parse.js';
export type { StudyObject } from './study/plain.js';
export type {
  ActivationValue,
  CommandConfiguration,
  CommandMetrics,
  CommandTrainer,
  DatasetConfiguration,
  DatasetLimit,
  Factor,
  FactorRange,
  FactorRole,
  LevelValue,
  MethodConfiguration,
  MetricConfiguration,
  NetworkConfiguration,
  OptimizerConfiguration,
  ReportConfiguration,
  ResolvedStudy,
  RunConfiguration,
  RunSeed,
  RunStage,
  ScheduleValue,
  SelectionConfiguration,
  Trainer,
  TrainingConfiguration,
  Trial,
} from './study/types.js';
export type { Unit } from './study/units.js';
export { summaryTable } from './terminal/tables.js';
export type {
  CheckpointEvent,
  DivergedEvent,
  EndEvent,
  EndedEvent,
  EpochEvent,
  Outcome,
  Prediction,
  ProgressEvent,
  StepsEvent,
  TrainEvent,
  TrainPosition,
} from './train/events.js';
