import { expect, test } from 'vitest';
import { loadDataset } from '../data/node/load.js';
import { expandTrials } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import { trainRun } from './trainRun.js';

const { baseline: configuration } = parseStudy({
  name: 's',
  dataset: { name: 'synthetic', classes: 3, train: 60, test: 6 },
  network: { name: 'mlp', hidden: [4] },
  training: { epochs: 1, batchSize: 16 },
});

const begin = async (options: Parameters<typeof trainRun>[0]) => (await trainRun(options).next()).value;

test('the dataset that the configuration describes is taken, whether or not defaults were written', async () => {
  const dataset = await loadDataset({ name: 'synthetic', classes: 3, train: 60, test: 6 });
  expect(await begin({ dataset, configuration })).toMatchObject({ type: 'progress' });
  expect(await begin({ dataset: await loadDataset(configuration.dataset), configuration })).toMatchObject({
    type: 'progress',
  });
});

test('a configuration that a command trains is refused', async () => {
  const study = parseStudy({
    name: 'c',
    trainer: { command: ['train', '--lr', '{lr}', '{seed}', '{run}'] },
    baseline: { lr: 0.1 },
    metric: 'validAccuracy',
  });
  const dataset = await loadDataset({ name: 'synthetic', classes: 3, train: 60, test: 6 });
  const [trial] = expandTrials(study);
  await expect(begin({ dataset, configuration: trial!.configuration })).rejects.toThrow(
    /a command trains this/,
  );
});

test('another dataset is refused, and both are told', async () => {
  const other = await loadDataset({ name: 'synthetic', classes: 3, train: 60, test: 6, seed: 1 });
  await expect(begin({ dataset: other, configuration })).rejects.toThrow(
    /not the dataset that the configuration describes[\s\S]*rule: +synthetic, classes 3, train 60, test 6, seed 0[\s\S]*value: +synthetic, classes 3, train 60, test 6, seed 1[\s\S]*loadDataset/,
  );
  const { source: _, ...unsigned } = other;
  expect(await begin({ dataset: unsigned, configuration })).toMatchObject({ type: 'progress' });
  const renamed = { ...unsigned, name: 'cifar10' };
  await expect(begin({ dataset: renamed, configuration })).rejects.toThrow(
    /synthetic, classes 3, [^\n]*, 3 classes[\s\S]*value: +cifar10, 3 classes/,
  );
  const fewer = { ...unsigned, classes: ['a', 'b'] };
  await expect(begin({ dataset: fewer, configuration })).rejects.toThrow(/value: +synthetic, 2 classes/);
});
