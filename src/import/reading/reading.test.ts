import { describe, expect, it } from 'vitest';
import { memoryFile } from '../../../test/support/memoryFile.js';
import { delimited } from '../formats/delimited.js';
import { numberIn } from './cells.js';
import { Course } from './course.js';
import { meaningOf } from './headers.js';
import { readLog } from './readLog.js';
import { MOST_POINTS, Series } from './series.js';

describe('headers', () => {
  it.each([
    ['Train Loss', 'trainLoss'],
    ['val_acc', 'validAccuracy'],
    ['validationAccuracy', 'validAccuracy'],
    ['training_accuracy (%)', 'trainAccuracy'],
    ['LR', 'learningRate'],
    ['loss/train', 'trainLoss'],
    ['train/loss', 'trainLoss'],
    ['eval_accuracy', 'validAccuracy'],
    ['metrics/accuracy_top1', 'validAccuracy'],
    ['val_acc@1', 'validAccuracy'],
    ['trainEvalLoss', 'trainEvalLoss'],
    ['validation/epoch_loss', 'validLoss'],
    ['lr-SGD', 'learningRate'],
    ['valloss', 'validLoss'],
  ])('takes %s for %s', (header, metric) => {
    expect(meaningOf(header)).toMatchObject({ kind: 'metric', metric });
  });

  it.each([
    'epoch_time',
    'constraint',
    'best_val_acc',
    'val_acc_top5',
    'val_acc@5',
    'eval_top5',
    'eval_runtime',
    'hparam/valid_accuracy',
    'hp_metric',
    'val_loss_std',
    'val_error',
  ])('takes %s for no metric', (header) => {
    expect(meaningOf(header).kind).toBe('unknown');
  });

  it('knows axes, tests, runs and bare names', () => {
    expect(
      [
        'Epoch',
        'current_epoch',
        'train_loss_epoch',
        'epoch_time',
        'global_step',
        'test_loss',
        'loss',
        'run_id',
        'seed',
      ].map((one) => meaningOf(one).kind),
    ).toEqual(['epoch', 'epoch', 'metric', 'unknown', 'step', 'test', 'bare', 'identity', 'identity']);
    expect(meaningOf('val/box_loss')).toMatchObject({ rank: 1 });
    expect(meaningOf('train_loss_step')).toMatchObject({ rank: 3 });
  });
});

it('reads numbers, gaps and what is not finite', () => {
  expect(
    ['1e-3', ' .5 ', '12%', '-3', '', 'NA', 'None', 'null'].map((one) => numberIn(one, 'point')),
  ).toEqual([0.001, 0.5, 12, -3, null, null, null, null]);
  expect([numberIn('nan', 'point'), numberIn('-inf', 'point'), numberIn(7n, 'point')]).toEqual([
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    7,
  ]);
  expect([
    numberIn('1,5', 'comma'),
    numberIn('1,5', 'point'),
    numberIn('0x10', 'point'),
    numberIn('1 2', 'point'),
  ]).toEqual([1.5, undefined, undefined, undefined]);
});

async function pieces(text: string, choices = {}) {
  const notes: string[] = [];
  const [log] = await delimited.open([memoryFile('x.csv', text)], { note: (one) => notes.push(one) });
  return { pieces: await readLog(log!, { choices }), notes };
}
const refusal = (text: string, choices = {}) =>
  pieces(text, choices).then(
    () => 'read',
    (error: Error) => error.message,
  );

describe('tables', () => {
  it('refuses what has two readings, with its candidates', async () => {
    expect(await refusal('epoch,val_acc,valid_accuracy\n1,0.1,0.2\n')).toMatch(
      /several columns could be validAccuracy[\s\S]*val_acc \(0\.1\), valid_accuracy \(0\.2\)/,
    );
    expect(await refusal('epoch,val_acc,val_acc\n1,0.1,0.2\n')).toMatch(/two columns have one name/);
    expect(await refusal('epoch,val_acc,val_acc\n1,0.1,\n')).toBe('read');
    expect(await refusal('epoch,val_acc\n1,0.1\n1,0.2\n')).toMatch(
      /two values at one epoch[\s\S]*line 3[\s\S]*--repeats/,
    );
    expect(await refusal('epoch,train_loss,val_loss,acc\n1,2,2,0.1\n')).toMatch(/names no split/);
    expect(await refusal('epoch,val_acc\n1,0.1x\n')).toMatch(/line 2, column val_acc/);
    expect(await refusal('1,0.1\n2,0.2\n')).toMatch(/no header/);
    expect(await refusal('epoch,val_acc\n1,"0.1\n2,0.2\n')).toMatch(/quotation mark/);
    for (const text of ['', '\n\n', 'epoch,val_acc\n']) expect((await pieces(text)).pieces[0]!.rows).toBe(0);
  });

  it('does not split a log that was continued under another learning rate into two runs', async () => {
    const text = 'epoch,val_acc,lr\n1,0.1,0.1\n2,0.2,0.1\n3,0.3,0.1\n2,0.25,0.01\n3,0.35,0.01\n4,0.4,0.01\n';
    expect(await refusal(text)).toMatch(/the axis goes back/);
    const read = await pieces(text, { repeats: 'last' });
    const series = read.pieces[0]!.series.get('validAccuracy')!;
    expect([series.value(1), series.length]).toEqual([0.25, 4]);
  });

  it('tells runs of one file apart by their columns', async () => {
    const rows = ['a', 'b'].flatMap((run) => [1, 2].map((epoch) => `${run},${epoch},0.${epoch}`));
    expect((await pieces(`run,epoch,val_acc\n${rows.join('\n')}\n`)).pieces.map(({ part }) => part)).toEqual([
      { run: 'a' },
      { run: 'b' },
    ]);
    const rates = [0.1, 0.2].flatMap((rate) => [1, 2].map((epoch) => `${epoch},${rate * epoch},${rate}`));
    expect((await pieces(`epoch,val_acc,lr\n${rates.join('\n')}\n`)).pieces.map(({ part }) => part)).toEqual([
      { lr: '0.1' },
      { lr: '0.2' },
    ]);
  });

  it('reads comments, blank lines, quoted ends of lines, mixed ends and spaces', async () => {
    const text = '# made by x\r\r\n\r\n"ep\noch","val acc"\r\r\n\r\n# again\n1,0.1\r\n2,0.2\r';
    const renamed = text.replace('"ep\noch"', '"epoch"').replace('"val acc"', '"val\nacc"');
    expect((await pieces(renamed)).pieces[0]!.series.get('validAccuracy')!.length).toBe(2);
    expect(
      (await pieces('epoch  val_acc\n 1   0.1\n 2   0.2\n')).pieces[0]!.series.get('validAccuracy')!.length,
    ).toBe(2);
    expect(
      (await pieces('# epoch val_acc\n1 0.1\n2 0.2\n')).pieces[0]!.series.get('validAccuracy')!.length,
    ).toBe(2);
  });
});

it('a log that was continued after its points were joined is cut at its end', () => {
  const series = new Series('last', true, new Course());
  const far = MOST_POINTS + 10_000;
  for (let at = 1; at <= far; at++) series.push(at, 1, at);
  // From here on with the places of joined points.
  for (let at = far - 5_000; at <= far - 4_000; at += 2) series.push(at, 2, at);
  series.finish();
  expect(series.at(series.length - 1)).toBe(far - 4_000);
});
