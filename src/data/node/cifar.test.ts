import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  cifarArchive,
  cifarBytes,
  failureOf,
  inTemporaryDirectory,
  pixelAt,
} from '../../../test/support/cifarFiles.js';
import { type CifarFormat, cifar10, cifar100, cifarImageBytes } from '../cifar.js';
import { checksumOf } from '../dataset.js';
import { loadDataset } from './load.js';

/** Test file before the training file, as in the published archive. */
function files100(train = 30, test = 12): Map<string, Uint8Array> {
  return new Map([
    ['test.bin', cifarBytes(cifar100, test, 1)],
    ['train.bin', cifarBytes(cifar100, train, 0)],
  ]);
}

async function writeFiles(directory: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(directory, name), bytes);
}

/** Loads CIFAR-100 from an archive with these files. */
function loadArchive(files: ReadonlyMap<string, Uint8Array>, cut = (bytes: Uint8Array) => bytes) {
  return inTemporaryDirectory(async (directory) => {
    await writeFile(join(directory, cifar100.archive.file), cut(await cifarArchive(cifar100, files)));
    return loadDataset({ name: 'cifar100' }, { dataDir: directory });
  });
}

describe('CIFAR-100', () => {
  it('reads an archive, training file first, with fine labels, and says what is not as published', async () => {
    const data = await loadArchive(files100());
    expect([data.trainExamples, data.testExamples, data.classes.length]).toEqual([30, 12, 100]);
    expect([...data.labels]).toEqual([...Array(30).keys(), ...Array(12).keys()].map((i) => i + 1));
    expect(data.pixels[5 * cifarImageBytes + 77]).toBe(pixelAt(0, 5, 77));
    expect(data.pixels[(30 + 11) * cifarImageBytes + 3071]).toBe(pixelAt(1, 11, 3071));
    expect(data.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(data.notes).toEqual([
      'train.bin holds 30 records; the published file holds 50000',
      'test.bin holds 12 records; the published file holds 10000',
    ]);
    expect(data.checksum).toBe(await checksumOf(data));
  });

  it('reads the same from the folder, from the folder in a directory, and from the archive’s own path', async () => {
    const { checksum } = await loadArchive(files100());
    await inTemporaryDirectory(async (directory) => {
      const folder = join(directory, cifar100.folder);
      await writeFiles(folder, files100());
      await writeFile(join(directory, 'any-name.tar.gz'), await cifarArchive(cifar100, files100()));
      for (const dataDir of [directory, folder, join(directory, 'any-name.tar.gz')]) {
        expect((await loadDataset({ name: 'cifar100' }, { dataDir })).checksum).toBe(checksum);
      }
      const coarse = await loadDataset({ name: 'cifar100', labels: 'coarse' }, { dataDir: directory });
      expect([...coarse.labels.subarray(0, 21)]).toEqual([...Array(20).keys(), 0]);
      expect(coarse.classes.length).toBe(20);
      expect(coarse.checksum).not.toBe(checksum);
    });
  });

  it('puts a file of the published length in place, beside one of another length', async () => {
    const longer = await loadArchive(files100(1, 10_001));
    expect(longer.pixels[10_001 * cifarImageBytes]).toBe(pixelAt(1, 10_000, 0));
    const data = await loadArchive(files100(3, 10_000));
    expect([data.trainExamples, data.testExamples, data.pixels.length]).toEqual([
      3,
      10_000,
      10_003 * cifarImageBytes,
    ]);
    expect(data.pixels[(3 + 9999) * cifarImageBytes]).toBe(pixelAt(1, 9999, 0));
  });

  it('refuses a test file that was made of training records', async () => {
    const files = files100(30, 10_000);
    const test = files.get('test.bin')!;
    // A draw of training records has about, and not exactly, 100 of each class.
    test[5 * 3074 + 1] = test[6 * 3074 + 1];
    const { details, exitCode } = await failureOf(() => loadArchive(files));
    expect([details.what, details.rule, details.value, exitCode]).toEqual([
      'the records of test.bin are not the published ones',
      'every class equally often: 100 of each',
      '99 to 101 of each',
      2,
    ]);
    const copied = files100(30, 12);
    copied.set('test.bin', copied.get('train.bin')!.subarray(0, 10 * 3074));
    expect((await failureOf(() => loadArchive(copied))).details.what).toContain(
      'records of the training file',
    );
  });

  it('names record and byte of a wrong label', async () => {
    const files = files100();
    files.get('train.bin')![17 * 3074 + 1] = 100;
    const { details, exitCode } = await failureOf(() => loadArchive(files));
    expect(details.where).toMatch(/train\.bin, record 17 \(byte 52259\)$/);
    expect([details.rule, details.value, exitCode]).toEqual(['0 to 99', '100', 2]);
  });

  it('refuses a coarse label out of range although the fine one is used', async () => {
    const files = files100();
    files.get('test.bin')![0] = 20;
    expect((await failureOf(() => loadArchive(files))).details.value).toBe('20');
  });

  it('refuses records that are not whole, and says where they end', async () => {
    const files = files100();
    files.set('test.bin', files.get('test.bin')!.subarray(0, 5 * 3074 + 100));
    const { details } = await failureOf(() => loadArchive(files));
    expect(details.where).toContain('test.bin, record 5 (byte 15370)');
    expect(details.value).toContain('5 records and 100 bytes more');
    files.set('test.bin', new Uint8Array(0));
    expect((await failureOf(() => loadArchive(files))).details.value).toBe('an empty file');
  });

  it.each([0.1, 0.5, 0.999])('refuses an archive cut off after %d of its length', async (share) => {
    const cut = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(share * bytes.length));
    const { details, exitCode } = await failureOf(() => loadArchive(files100(), cut));
    expect(details.what).toContain('cut off or damaged');
    expect(exitCode).toBe(2);
  });

  it('refuses what is no archive, and an archive without a file', async () => {
    expect((await failureOf(() => loadArchive(files100(), (b) => b.map((x) => x ^ 85)))).exitCode).toBe(2);
    const files = files100();
    files.delete('test.bin');
    expect((await failureOf(() => loadArchive(files))).details.value).toBe('no test.bin');
    await inTemporaryDirectory(async (dataDir) => {
      await writeFiles(dataDir, files);
      const failure = await failureOf(() => loadDataset({ name: 'cifar100' }, { dataDir }));
      expect(failure.details.value).toBe('no test.bin');
    });
  });

  it('stops when asked to', async () => {
    await inTemporaryDirectory(async (dataDir) => {
      await writeFiles(dataDir, files100());
      const signal = AbortSignal.abort();
      await expect(loadDataset({ name: 'cifar100' }, { dataDir, signal })).rejects.toThrow(/abort/);
    });
  });
});

describe('CIFAR-10', () => {
  it('joins the five training files in their order', async () => {
    const names = [...cifar10.train, ...cifar10.test].map(({ name }) => name);
    const files = new Map(
      names.map((name, file) => [name, cifarBytes(cifar10, 2 + file, file)] as const).reverse(),
    );
    const load = (format: CifarFormat) =>
      inTemporaryDirectory(async (dataDir) => {
        await writeFile(join(dataDir, format.archive.file), await cifarArchive(format, files));
        return loadDataset({ name: 'cifar10' }, { dataDir });
      });
    const data = await load(cifar10);
    expect([data.trainExamples, data.testExamples]).toEqual([2 + 3 + 4 + 5 + 6, 7]);
    expect(data.pixels[(2 + 3 + 1) * cifarImageBytes + 9]).toBe(pixelAt(2, 1, 9));
    expect([...data.labels.subarray(0, 5)]).toEqual([0, 1, 0, 1, 2]);
  });
});

describe('the real CIFAR-100', async () => {
  const dataDir = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
  const there = await access(join(dataDir, cifar100.archive.file)).then(
    () => true,
    () => false,
  );
  if (!there) console.log('left out: the real CIFAR-100, because ../shared/data does not hold it');

  it.skipIf(!there)('loads, whole and balanced, with the mean that was published for it', async () => {
    const { pixels, labels, trainExamples, mean, notes } = await loadDataset(
      { name: 'cifar100' },
      { dataDir },
    );
    expect(notes).toEqual([]);
    const counts = new Array<number>(100).fill(0);
    for (const label of labels.subarray(0, trainExamples)) counts[label] += 1;
    expect(new Set(counts)).toEqual(new Set([500]));
    const testLabels = labels.subarray(trainExamples);
    for (let label = 0; label < 100; label++) {
      expect(testLabels.filter((one) => one === label).length).toBe(100);
    }
    let red = 0;
    for (let i = 0; i < trainExamples; i++) {
      for (let j = 0; j < 1024; j++) red += pixels[i * cifarImageBytes + j];
    }
    expect(red / trainExamples / 1024 / 255).toBeCloseTo(mean[0], 3);
  });
});
