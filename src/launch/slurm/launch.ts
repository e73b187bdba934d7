/**
 * A study on a cluster: what is missing is submitted as job arrays, and followed where that is asked for. The store is the
 * truth and the queue a hint: this command may end at any time, and the same one again goes on.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLock, type Lock, LockHeldError } from '../../store/node/lock.js';
import { readStudy } from '../../store/node/studyFiles.js';
import { type LauncherConfiguration, plainLauncher } from '../../study/launcher.js';
import { designNotes } from '../../study/notes.js';
import type { ResolvedStudy } from '../../study/types.js';
import { prepareCommand } from '../command/commandTrainer.js';
import { engineOf, prepareEngine } from '../engineTrainer.js';
import { checkLockstep } from '../groups.js';
import { refuseRecordIn } from '../imported.js';
import type { RunStudyOptions } from '../options.js';
import { givenStudy, studyHome } from '../readStudyFile.js';
import { freezeSeen, recordStudy } from '../recordStudy.js';
import { type CurrentStage, currentStage } from '../stages.js';
import { Campaign } from './campaign.js';
import { type Slurm, SlurmError, slurm } from './commands.js';
import type { ClusterEvent, ClusterState } from './events.js';
import { checkRequest, clusterLimits } from './preflight.js';

export type ClusterOptions = RunStudyOptions & FollowSettings;

export interface FollowSettings {
  /** Follow the study until nothing is left to wait for; aborting the signal detaches. */
  readonly watch?: boolean | undefined;
  /** Seconds between looks at the queue while it is followed. Default: 15, and up to 60 while nothing changes. */
  readonly pollSeconds?: number | undefined;
  readonly call?: Slurm | undefined;
}

/** Submits, and follows with `watch`. The last `cluster-state` says how it stands. */
export async function* runOnCluster(options: ClusterOptions): AsyncGenerator<ClusterEvent, void> {
  const study = givenStudy(options, options.set);
  const call = options.call ?? slurm();
  checkLockstep(options.lockstep ?? 'auto');
  const launcher = launcherOf(study);
  await checkRequest(launcher, call);
  const limits = await clusterLimits(call);
  const directory = resolve(options.out, study.name);
  refuseRecordIn(directory);
  const lock = await lockInTime(directory, study.name);
  let open: Opened;
  let campaign: Campaign;
  try {
    open = await openStudy(study, directory, options);
    const { datasetChecksum } = open;
    const settings = settingsOf(options, directory, launcher);
    const lockstep = options.lockstep ?? 'auto';
    const plan = { study, directory, datasetChecksum, launcher, lockstep, settings, limits, call };
    campaign = new Campaign(plan);
    yield* begin(campaign, open);
    yield campaign.state();
    if (!options.watch) freezeSeen(directory, study);
  } finally {
    lock.release();
  }
  if (!options.watch) return;
  yield* follow(campaign, open, options);
  freezeRecorded(open);
}

/** Seconds that another command on the study is given: one that looks at the queue has its lock for a moment. */
const lockPatience = 15;

/** @throws a `LockHeldError` where others have the lock for longer */
export async function lockInTime(directory: string, name: string): Promise<Lock> {
  const deadline = performance.now() + 1000 * lockPatience;
  for (;;) {
    try {
      return acquireLock(directory, `the study ${name}`);
    } catch (error) {
      if (!(error instanceof LockHeldError) || performance.now() >= deadline) throw error;
    }
    await sleep(100);
  }
}

/** As the study was recorded last: another command may have changed it while this one followed it, and freezes it itself. */
function freezeRecorded({ directory, study }: Opened): void {
  const lock = lockIfFree(directory, study.name);
  if (lock === null) return;
  try {
    freezeSeen(directory, readStudy(directory) ?? study);
  } finally {
    lock.release();
  }
}

/** A command that says how many GPUs a run has needs no second word for its jobs. */
function launcherOf({ launcher, trainer }: ResolvedStudy): LauncherConfiguration {
  const own = launcher ?? plainLauncher;
  return trainer === 'engine' || own.gpus > 0 ? own : { ...own, gpus: trainer.gpus };
}

interface Opened {
  readonly study: ResolvedStudy;
  readonly directory: string;
  readonly datasetChecksum: string | null;
  readonly notes: readonly string[];
  /** The stage that is to be trained now; chooses the trials of the final one. */
  readonly stage: () => CurrentStage;
}

/** Records the study: jobs read what is written here. */
async function openStudy(study: ResolvedStudy, directory: string, options: ClusterOptions): Promise<Opened> {
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const request = { study, options, directory, stopFlag, elsewhere: true };
  const trainer =
    study.trainer === 'engine'
      ? await prepareEngine(
          request,
          await engineOf({ ...options, device: 'cpu', cpuVectors: undefined, precision: undefined }),
        )
      : prepareCommand(request, study.trainer);
  const look = recordStudy({ directory, study, trainer });
  return {
    study,
    directory,
    datasetChecksum: study.trainer === 'engine' ? trainer.inputs.datasetChecksum : null,
    notes: [...(look === null ? [] : [look]), ...designNotes(study), ...trainer.notes],
    stage: () => currentStage({ study, directory, trainer, notes: [] }, look !== null),
  };
}

function settingsOf(
  options: ClusterOptions,
  directory: string,
  { cpus, gpus }: { cpus: number; gpus: number },
) {
  const asked = options.device ?? 'auto';
  const own = gpus > 0 ? 'webgpu' : 'cpu';
  return {
    studyFile: resolve(directory, 'study.yaml'),
    home: studyHome(options),
    dataDir: options.dataDir === undefined ? null : resolve(options.dataDir),
    device: asked === 'auto' ? own : asked,
    cpuVectors: options.cpuVectors ?? null,
    ...(options.precision !== undefined && { precision: options.precision }),
    allowVariantChange: options.allowVariantChange ?? false,
    lockstep: options.lockstep ?? 'auto',
    // Without a number its GPUs are asked for in launcher.options, if at all.
    ...(gpus > 0 && { gpus }),
    cpus: options.threads ?? cpus,
  };
}

/** The first look: every run.json is read once. */
async function* begin(campaign: Campaign, open: Opened): AsyncGenerator<ClusterEvent, void> {
  const stage = open.stage();
  for (const text of [...open.notes, ...stage.notes]) yield { type: 'cluster-note', text };
  campaign.take(stage.runs, stage.stage);
  yield* step(campaign, open, false);
}

/** One look at the queue, the files of what has changed there, and what follows from it. */
async function* step(campaign: Campaign, open: Opened, again: boolean): AsyncGenerator<ClusterEvent, void> {
  yield* await campaign.poll();
  campaign.refreshElsewhere();
  if (campaign.stage === 'search' && campaign.hasEnded) {
    const { stage, runs, notes } = open.stage();
    for (const text of notes) yield { type: 'cluster-note', text };
    campaign.take(runs, stage);
  }
  yield* campaign.submit(again);
}

/** Seconds between looks: as short as a controller bears. */
const shortest = 15;
const longest = 60;
/** While it does not answer. */
const longestAway = 300;

/** Seconds after which the epochs of running runs are told again, though nothing else has changed. */
const signOfLife = 300;

/** What makes a state another one: that its runs have begun to tell their epochs, and not that they go on. */
function changesOf({ epochs, ...state }: ClusterState): string {
  return JSON.stringify({ ...state, epochs: epochs !== null });
}

/** Looks at it again and again, less often while nothing changes, until nothing is left to wait for. */
async function* follow(
  campaign: Campaign,
  open: Opened,
  options: ClusterOptions,
): AsyncGenerator<ClusterEvent, void> {
  const least = options.pollSeconds ?? shortest;
  let wait = least;
  let before = changesOf(campaign.state());
  let toldAt = performance.now();
  let away = false;
  while (!campaign.hasEnded && campaign.isBusy) {
    if (!(await passed(wait, options.signal))) return;
    try {
      const isDone = yield* locked(open, () => step(campaign, open, true));
      if (!isDone) continue;
      if (away) yield { type: 'cluster-note', text: 'the controller answers again' };
      away = false;
    } catch (error) {
      if (!(error instanceof SlurmError) || error.trouble !== 'unreachable') throw error;
      if (!away)
        yield {
          type: 'cluster-note',
          text: `${error.details.what} (${error.said}): asked again later; jobs go on`,
        };
      away = true;
      wait = Math.min(longestAway, 2 * wait);
      continue;
    }
    const state = campaign.state();
    const now = changesOf(state);
    wait = now === before ? Math.min(longest, 1.5 * wait) : least;
    const isDue = state.epochs !== null && performance.now() - toldAt > 1000 * signOfLife;
    if (now !== before || isDue) {
      toldAt = performance.now();
      yield state;
    }
    before = now;
  }
}

/** @returns false where it was detached meanwhile */
async function passed(seconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(1000 * seconds, undefined, signal === undefined ? {} : { signal });
    return signal?.aborted !== true;
  } catch {
    return false;
  }
}

/** Under the study's lock. @returns false where another command has it just now: nothing was done, and this one looks again later */
async function* locked(
  { directory, study }: Opened,
  work: () => AsyncGenerator<ClusterEvent, void>,
): AsyncGenerator<ClusterEvent, boolean> {
  const lock = lockIfFree(directory, study.name);
  if (lock === null) return false;
  try {
    yield* work();
    return true;
  } finally {
    lock.release();
  }
}

/** `null` where another command has it just now. */
function lockIfFree(directory: string, name: string): Lock | null {
  try {
    return acquireLock(directory, `the study ${name}`);
  } catch (error) {
    if (error instanceof LockHeldError) return null;
    throw error;
  }
}
