import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../study/configuration.js';
import { expandTrials } from '../study/expand.js';
import { listKeys } from '../study/keys.js';
import { parseStudy } from '../study/parse.js';
import { startPosition, type TrainPosition } from '../train/events.js';
import { groupKey } from './groupKey.js';

const text = `
name: keys
dataset: { name: synthetic, splitSeed: 1 }
network: { name: cnn }
training: { optimizer: { name: sgd } }
baseline: { learningRate: 0.1 }
`;

function keyOf(...set: string[]): string {
  return groupKey(expandTrials(parseStudy(text, { set }))[0].configuration, startPosition);
}

/** Another value for each key of a configuration that a run can have. */
const others: Readonly<Record<string, string>> = {
  'dataset.name': '{ name: cifar10 }',
  'dataset.validation': '0.3',
  'dataset.splitSeed': 'per-seed',
  'dataset.augment': '[flip]',
  'dataset.limit': '100',
  'dataset.classes': '3',
  'dataset.train': '500',
  'dataset.test': '50',
  'dataset.seed': '5',
  'dataset.noise': '0.5',
  'dataset.clutter': '1',
  'network.name': '{ name: mlp }',
  'network.channels': '[4]',
  'network.pooling': 'max',
  'training.epochs': '7',
  'training.batchSize': '64',
  'training.shuffle': 'false',
  'training.optimizer.name': '{ name: adam }',
  'training.optimizer.momentum': '0.5',
  'training.optimizer.dampening': '0.5',
  'training.optimizer.nesterov': 'true',
  'training.initial': 'weights.safetensors',
  'training.logSteps': '3',
  'training.checkpointSeconds': '3',
  'baseline.learningRate': '0.3',
  'baseline.schedule': 'cosine',
  'baseline.weightDecay': '0.1',
  'baseline.activation': 'tanh',
};
/**
 * Of other datasets, networks and optimizers: they stand for themselves in the cases with their names. A study with
 * `imported` keys is not trained here.
 */
const elsewhere =
  /^(imported|dataset\.labels|network\.(width|hidden)|training\.optimizer\.(beta1|beta2|epsilon))$/;

describe('the key of a group', () => {
  const leaves = listKeys(configurationSchema).filter(({ leaf, path }) => leaf && !elsewhere.test(path));

  it.each(leaves)('$path', ({ path, perReplica, changesResults }) => {
    const written = path in others ? path : `baseline.${path}`;
    expect(others[written], `a value of ${path} for this test`).toBeDefined();
    const whole = path.endsWith('.name') ? path.slice(0, -'.name'.length) : written;
    const other = keyOf(`${whole}=${others[written]}`);
    const mayDiffer = perReplica || !changesResults || path === 'training.optimizer.name';
    expect(other === keyOf(), mayDiffer ? 'they may differ' : 'they must be alike').toBe(mayDiffer);
  });

  it('the step within the epoch, not the epoch', () => {
    const { configuration } = expandTrials(parseStudy(text))[0];
    const at = (epoch: number, stepInEpoch: number) => {
      const position: TrainPosition = { ...startPosition, epoch, stepInEpoch };
      return groupKey(configuration, position);
    };
    expect(at(3, 0)).toBe(at(0, 0));
    expect(at(0, 2)).not.toBe(at(0, 0));
  });
});
