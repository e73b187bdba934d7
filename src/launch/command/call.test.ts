import { expect, it } from 'vitest';
import { planRuns } from '../../study/expand.js';
import { parseStudy } from '../../study/parse.js';
import { configText } from './call.js';

it('the file of values has the streams of the seed, which a study can vary one by one', () => {
  const text = `name: x
trainer: { command: [train, '{config}'] }
baseline: { rate: 0.1 }
seeds: { data: 0, initial: [3, 4] }
metric: valid/accuracy
`;
  const runs = planRuns(parseStudy(text, { file: 'x.yaml' }), '');
  const written = runs.map((run) => JSON.parse(configText(run)));
  expect(written.map((one) => [one.rate, one['seed.data'], one['seed.initial']])).toEqual([
    [0.1, 0, 3],
    [0.1, 0, 4],
  ]);
});
