/** Trains one network in memory and prints its curve. */
import { loadDataset, parseStudy, trainRun } from 'ceteris';

const { baseline: configuration } = parseStudy({
  name: 'one',
  dataset: { name: 'synthetic', classes: 4, train: 400, test: 100, validation: 0.2 },
  network: { name: 'cnn', channels: [8, 16] },
  training: { epochs: 5, batchSize: 20 },
  baseline: { learningRate: 0.02, schedule: 'cosine' },
});
const dataset = await loadDataset(configuration.dataset);

for await (const event of trainRun({ dataset, configuration, seed: 0 })) {
  if (event.type === 'epoch') {
    const { epoch, trainLoss, validAccuracy } = event.row;
    console.log(`epoch ${epoch}: loss ${trainLoss?.toFixed(3)}, validation accuracy ${validAccuracy}`);
  }
  if (event.type === 'end') console.log(`test accuracy ${event.test?.accuracy}`);
}
