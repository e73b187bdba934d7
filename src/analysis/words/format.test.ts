import { expect, it } from 'vitest';
import { commonDecimals, formatInterval, formatValue } from './format.js';

it('all numbers of a column have the decimals of the one that needs most', () => {
  const column = (values: number[]) => {
    const decimals = commonDecimals(values, 'loss');
    return values.map((value) => formatValue(value, 'loss', decimals));
  };
  expect(column([3.9661, 0.01234])).toEqual(['3.9661', '0.0123']);
  expect(column([3.9661, 2.5])).toEqual(['3.966', '2.500']);
  expect(column([-0.5, 0])).toEqual(['−0.500', '0.000']);
  // What exploded has no digits to line up.
  expect(column([2.5, 5.5e16, -1e9])).toEqual(['2.500', '> 1e6', '< −1e6']);
  // Where one needs an exponent no number of decimals serves all.
  expect(commonDecimals([2.5, 1e-7], 'loss')).toBeNull();
  expect(commonDecimals([], 'loss')).toBeNull();
  expect(commonDecimals([0.5], 'accuracy')).toBeNull();
  expect(formatValue(12, 'epoch', commonDecimals([12, 12.5], 'epoch'))).toBe('12.0');
  expect(formatInterval(1, 2, 'loss', 2)).toBe('[1.00, 2.00]');
  // A t-interval may reach where no accuracy can be, a difference may not be cut.
  expect(formatInterval(-0.187, 1.2, 'accuracy')).toBe('[0.00, 100.00]%');
  expect(formatInterval(-0.187, 1.2, 'points')).toBe('[−18.70, 120.00] points');
  expect(formatValue(54963.4219, 'loss', 3)).toBe('54963');
});
