import type { Command } from 'commander';
import { print, printJson } from './output.js';
import { addStudyOptions, type StudyFlags, toRunOptions } from './run.js';

export function registerPlan(program: Command): void {
  addStudyOptions(
    program
      .command('plan')
      .argument('<study.yaml>', 'the study file')
      .description('trials, runs, expected time and memory, and which differences the seeds can detect'),
  )
    .option('--no-measure', 'do not measure the time of a step')
    .action(plan);
}

async function plan(studyFile: string, flags: StudyFlags & { measure: boolean }): Promise<void> {
  const library = await import('../index.js');
  const planned = await library.planStudy({ ...toRunOptions(studyFile, flags), measure: flags.measure });
  if (flags.json) printJson(planned);
  else print(library.planTable(planned));
}
