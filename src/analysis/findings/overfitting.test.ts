import { expect, it } from 'vitest';
import { exampleRun } from '../../../test/support/exampleStudy.js';
import { overfittingOf } from '../measures/overfitting.js';
import { RunGroup } from '../trials/runGroup.js';
import { confidenceSentences, overfittingSentences } from './overfitting.js';

/** 30 epochs: the last window has 3. */
const over = (loss: (epoch: number) => number) => Array.from({ length: 30 }, (_, i) => loss(i + 1));
const wave = (epoch: number) => 0.02 * Math.sin(2.3 * epoch);
const falling = (epoch: number) => 3 * Math.exp(-epoch / 10) + 1 + wave(epoch);
const turning = (epoch: number) => falling(epoch) + (epoch > 15 ? 0.04 * (epoch - 15) : 0);
const group = (name: string, loss: (epoch: number) => number, more = {}) => {
  const run = exampleRun({ validLoss: over(loss), validAccuracy: over((epoch) => 0.5 + epoch / 100) });
  return new RunGroup({ name, runs: [{ ...run, record: { ...run.record, ...more } }] });
};

it('is said where the smoothed loss turned before the last epochs and rose by more than it fluctuates', () => {
  const [run] = group('a', turning).runs;
  expect(overfittingOf(run!)).toMatchObject({ accuracyChange: expect.closeTo(0.09, 1) });
  expect(overfittingOf(run!)!.onset).toBeLessThan(25);
  expect(overfittingOf(group('b', falling).runs[0]!)).toBeNull();
});

it('is not said for one low epoch of a steady curve, nor for a loss that falls to its end', () => {
  // The lowest single epoch lies early, and the last epochs are no higher than the curve fluctuates.
  const steady = (epoch: number) => 2 + 0.05 * Math.sin(2.3 * epoch) - (epoch === 7 ? 0.2 : 0);
  expect(overfittingOf(group('a', steady).runs[0]!)).toBeNull();
  expect(overfittingSentences([group('a', steady), group('b', (epoch) => 3 - epoch / 20)])).toEqual([
    'No overfitting is seen for a and b: the validation loss does not turn before the last epochs and then rise by more than it fluctuates.',
  ]);
});

it('is not said of a loss that turns within the last epochs only', () => {
  // Steadily up from epoch 27 on, so that the rise is far above what fluctuates around it.
  const late = (epoch: number) => (epoch <= 27 ? 1 + 0.3 * (27 - epoch) : 1 + 0.1 * (epoch - 27));
  expect(overfittingOf(group('a', late).runs[0]!)).toBeNull();
  const earlier = (epoch: number) => (epoch <= 24 ? 1 + 0.3 * (24 - epoch) : 1 + 0.1 * (epoch - 24));
  expect(overfittingOf(group('b', earlier).runs[0]!)!.onset).toBeLessThanOrEqual(27);
});

it('never speaks of over-confidence without calibration data, and then it suggests', () => {
  const said = overfittingSentences([group('a', turning)]).join(' ');
  expect(said).toMatch(
    /^The validation loss turns .*, which is overfitting, from epoch \d+ on for a \(by 0\.\d+\)\./,
  );
  expect(said).toMatch(/Validation accuracy meanwhile rises by \d\.\d\d points for a\./);
  expect(said).not.toMatch(/confiden/);
  expect(confidenceSentences([group('a', turning)])).toEqual([]);
  const calibration = { expectedCalibrationError: 0.2, temperature: 2, lossAtTemperature: 1.1 };
  expect(confidenceSentences([group('a', turning, { calibration })])[0]).toMatch(/this suggests that/);
});
