/**
 * Runs a study, then reads its directory, makes its report, and shows its first network some images. Arguments: a study
 * file, and where studies are kept; without a file, the study below.
 */
import {
  analyse,
  expandTrials,
  loadDataset,
  loadStudy,
  parseStudy,
  predict,
  readStudyFile,
  runStudy,
  type StudyEvent,
  type StudyObject,
  writeReport,
} from 'ceteris';

const own: StudyObject = {
  name: 'rates',
  question: 'Which learning rate suits a small network?',
  dataset: { name: 'synthetic', classes: 4, train: 400, test: 100 },
  network: { name: 'mlp', hidden: [32] },
  training: { epochs: 3, batchSize: 20 },
  factors: { learningRate: [0.01, 0.05] },
  seeds: 2,
};
const [studyFile, out = 'out'] = process.argv.slice(2);
const study = studyFile === undefined ? parseStudy(own) : readStudyFile(studyFile);
console.log(`runs: ${expandTrials(study).length * study.seeds.length}`);

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
for await (const event of runStudy({ study, out })) {
  const text = describe(event);
  if (text !== null) console.log(text);
  if (event.type === 'study-ended') directory = event.directory;
}
const records = loadStudy(directory);
const analysis = analyse(records);
for (const { name, measures } of analysis.trials) {
  console.log(`${name}: ${measures['validAccuracy.last']?.mean}`);
}
console.log((await writeReport(analysis)).html);

const [run] = records.runs;
if (run !== undefined) {
  const { pixels, labels, classes, channels, height, width, trainExamples } = await loadDataset(
    study.baseline.dataset,
  );
  const size = channels * height * width;
  const images = pixels.slice(trainExamples * size, (trainExamples + 3) * size);
  for (const [i, probabilities] of (await predict(run, images)).entries()) {
    const best = probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b)));
    const truth = classes[labels[trainExamples + i] ?? 0];
    console.log(`test image ${i}: ${classes[best]} (${probabilities[best]?.toFixed(2)}), it is ${truth}`);
  }
}
