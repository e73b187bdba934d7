/** Runs a study file, then reads its directory and makes its report. Arguments: the study file, where studies are kept. */
import { analyse, loadStudy, planRuns, readStudyFile, runStudy, type StudyEvent, writeReport } from 'ceteris';

const [studyFile = 'studies/quick.yaml', out = 'out'] = process.argv.slice(2);
console.log(`runs: ${planRuns(readStudyFile(studyFile), 'any dataset').length}`);

function describe(event: StudyEvent): string | null {
  switch (event.type) {
    case 'run-epoch':
      return `${event.runId}: epoch ${event.row.epoch}, validation accuracy ${event.row.validAccuracy}`;
    case 'run-ended':
      return `${event.runId}: ${event.status}`;
    default:
      return null;
  }
}

let directory = '';
for await (const event of runStudy({ studyFile, out })) {
  const text = describe(event);
  if (text !== null) console.log(text);
  if (event.type === 'study-ended') directory = event.directory;
}
const analysis = analyse(loadStudy(directory));
for (const { name, measures } of analysis.trials) {
  console.log(`${name}: ${measures['validAccuracy.last'].mean}`);
}
console.log((await writeReport(analysis)).html);
