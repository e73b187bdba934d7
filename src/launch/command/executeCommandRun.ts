/** One run that a command trains, from its files to its end: called, watched, tried again, recorded. */
import { isLocked } from '../../store/node/lock.js';
import { reasonOf } from '../reasons.js';
import { runDirectory } from '../status.js';
import { leftToAnother, patienceOf, untilFree } from '../untilFree.js';
import { CommandRecorder } from './commandRecorder.js';
import type { CommandRunRequest } from './request.js';

/**
 * Does the run: resumes or starts anew, tries again as often as the study says, and tells the end with `run-ended`. Never
 * throws. Stops where `setup.stopFlag` is 1 or the run is asked to (control/stop); nothing of the command is left then.
 */
export async function executeCommandRun(request: CommandRunRequest): Promise<void> {
  const { run, setup, send } = request;
  let recorder: CommandRecorder;
  try {
    // A process that was killed leaves its host, which ends the command first.
    const directory = runDirectory(setup.studyDirectory, run);
    await untilFree(directory, patienceOf(setup, setup.trainer.grace + 10), setup.stopFlag);
    if (setup.sitting !== undefined && isLocked(directory)) {
      send({ type: 'run-ended', runId: run.id, status: 'running', reason: leftToAnother });
      return;
    }
    recorder = new CommandRecorder(request);
  } catch (error) {
    send({ type: 'run-ended', runId: run.id, status: 'failed', reason: reasonOf(error) });
    return;
  }
  try {
    if (recorder.endedBefore) return;
    await recorder.endOrphan();
    if (await recorder.readAgain()) return;
    for (let tries = 0; ; tries++) {
      const again = await recorder.attempt(tries < setup.trainer.retries);
      if (!again) return;
    }
  } catch (error) {
    recorder.fail(error);
  } finally {
    recorder.release();
  }
}
