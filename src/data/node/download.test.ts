import { createHash } from 'node:crypto';
import { access, chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  cifarArchive,
  cifarBytes,
  failureOf,
  inTemporaryDirectory,
} from '../../../test/support/cifarFiles.js';
import { cifar100 } from '../cifar.js';
import type { DataProgress } from '../dataset.js';
import { DownloadFailure, download } from './download.js';
import { loadDataset } from './load.js';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 253);
const md5Of = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

interface Served {
  readonly address: string;
  /** The `range` header of each request; empty where there was none. */
  readonly ranges: string[];
}

interface ServerHabits {
  readonly bytes?: Uint8Array;
  readonly supportsRanges?: boolean;
  /** Breaks each of the first so many connections off, after this many bytes. */
  readonly breaks?: { readonly times: number; readonly after: number };
  readonly status?: number;
}

/** Runs `action` against a server on the loopback. */
async function serving<T>(habits: ServerHabits, action: (served: Served) => Promise<T>): Promise<T> {
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? '');
    answer(habits, request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await action({ address: `http://127.0.0.1:${port}/file.bin`, ranges });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function answer(habits: ServerHabits, request: IncomingMessage, response: ServerResponse, nth: number): void {
  const { bytes = content, supportsRanges = true, breaks, status } = habits;
  if (status !== undefined) {
    response.writeHead(status).end('no');
    return;
  }
  const asked = supportsRanges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
  if (asked >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const rest = bytes.subarray(asked);
  const range = { 'content-range': `bytes ${asked}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(asked > 0 ? 206 : 200, { 'content-length': rest.length, ...(asked > 0 ? range : {}) });
  if (breaks !== undefined && nth <= breaks.times) {
    response.write(rest.subarray(0, breaks.after), () => setTimeout(() => response.destroy(), 20));
  } else {
    response.end(rest);
  }
}

const fast = { md5: md5Of(content), retryAfter: 1 };

describe('download', () => {
  it('fetches the file, tells how far it is, and leaves nothing else behind', () =>
    serving({}, ({ address }) =>
      inTemporaryDirectory(async (directory) => {
        const told: DataProgress[] = [];
        const target = join(directory, 'new', 'file.bin');
        await download({ ...fast, address, target, onProgress: (progress) => told.push(progress) });
        expect(md5Of(await readFile(target))).toBe(fast.md5);
        expect(await readdir(join(directory, 'new'))).toEqual(['file.bin']);
        expect(told[0]).toEqual({ phase: 'download', what: 'file.bin', done: 0, total: 300_000 });
        expect(told.at(-1)?.done).toBe(300_000);
      }),
    ));

  it('goes on by itself where the connection broke off', () =>
    serving({ breaks: { times: 2, after: 100_000 } }, ({ address, ranges }) =>
      inTemporaryDirectory(async (directory) => {
        const target = join(directory, 'file.bin');
        await download({ ...fast, address, target });
        expect(md5Of(await readFile(target))).toBe(fast.md5);
        expect(ranges).toEqual(['', 'bytes=100000-', 'bytes=200000-']);
      }),
    ));

  it('goes on where an earlier call left off, and keeps the part when it fails', () =>
    inTemporaryDirectory(async (directory) => {
      const target = join(directory, 'file.bin');
      const hopeless = { breaks: { times: 99, after: 0 } };
      await writeFile(`${target}.part`, content.subarray(0, 123_456));
      await serving(hopeless, async ({ address, ranges }) => {
        await expect(download({ ...fast, address, target })).rejects.toThrow(DownloadFailure);
        expect(ranges.length).toBe(3);
      });
      expect(await readdir(directory)).toEqual(['file.bin.part']);
      await serving({}, async ({ address, ranges }) => {
        await download({ ...fast, address, target });
        expect(ranges).toEqual(['bytes=123456-']);
      });
      expect(md5Of(await readFile(target))).toBe(fast.md5);
    }));

  it('starts over where the server has no ranges', () =>
    serving({ supportsRanges: false, breaks: { times: 1, after: 100_000 } }, ({ address, ranges }) =>
      inTemporaryDirectory(async (directory) => {
        const target = join(directory, 'file.bin');
        await download({ ...fast, address, target });
        expect(md5Of(await readFile(target))).toBe(fast.md5);
        expect(ranges).toEqual(['', 'bytes=100000-']);
      }),
    ));

  it('finishes from a part that is already whole, and replaces one that is too long or of another file', () =>
    serving({}, ({ address }) =>
      inTemporaryDirectory(async (directory) => {
        const other = content.map((byte) => byte ^ 1);
        for (const part of [content, new Uint8Array(400_000), other.subarray(0, 1000), other]) {
          const target = join(directory, `${md5Of(part)}.bin`);
          await writeFile(`${target}.part`, part);
          await download({ ...fast, address, target });
          expect(md5Of(await readFile(target))).toBe(fast.md5);
        }
      }),
    ));

  it('refuses and deletes a file with a wrong md5', () =>
    serving({}, ({ address }) =>
      inTemporaryDirectory(async (directory) => {
        const target = join(directory, 'file.bin');
        const failure = await failureOf(() =>
          download({ address, target, md5: 'f'.repeat(32), retryAfter: 1 }),
        );
        expect(failure.details.value).toBe(`md5 ${fast.md5}`);
        expect(failure.exitCode).toBe(1);
        expect(await readdir(directory)).toEqual([]);
      }),
    ));

  it('asks once where the server says no, three times where it is broken', async () => {
    for (const [status, times] of [
      [404, 1],
      [503, 3],
    ] as const) {
      await serving({ status }, ({ address, ranges }) =>
        inTemporaryDirectory(async (directory) => {
          const target = join(directory, 'file.bin');
          await expect(download({ ...fast, address, target })).rejects.toThrow(String(status));
          expect(ranges.length).toBe(times);
        }),
      );
    }
  });

  it('refuses a second download at the same time, and takes over the lock of a process that is gone', () =>
    serving({}, ({ address }) =>
      inTemporaryDirectory(async (directory) => {
        const target = join(directory, 'file.bin');
        const results = await Promise.allSettled([1, 2].map(() => download({ ...fast, address, target })));
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const { hostname } = await import('node:os');
        await writeFile(`${target}.lock`, `${hostname()} 4194999\n`);
        await download({ ...fast, address, target });
        await writeFile(`${target}.lock`, 'another-host 1\n');
        const failure = await failureOf(() => download({ ...fast, address, target }));
        expect(failure.details.value).toBe('held by process 1 on another-host');
      }),
    ));

  it('says what is wrong with a place that cannot be written', () =>
    inTemporaryDirectory(async (directory) => {
      await writeFile(join(directory, 'file'), '');
      const target = join(directory, 'file', 'under', 'file.bin');
      const failure = await failureOf(() => download({ ...fast, address: 'http://127.0.0.1:1/', target }));
      expect(failure.details.what).toContain('cannot be written');
      if (process.platform === 'win32' || process.getuid?.() === 0) return;
      await mkdir(join(directory, 'closed'));
      await chmod(join(directory, 'closed'), 0o500);
      const closed = join(directory, 'closed', 'file.bin');
      const refused = await failureOf(() =>
        download({ ...fast, address: 'http://127.0.0.1:1/', target: closed }),
      );
      expect(refused.details.what).toContain('not writable');
    }));

  it('stops when asked to, and keeps the part', () =>
    serving({ breaks: { times: 99, after: 100_000 } }, ({ address }) =>
      inTemporaryDirectory(async (directory) => {
        const target = join(directory, 'file.bin');
        const controller = new AbortController();
        const onProgress = ({ done }: DataProgress) => done >= 100_000 && controller.abort();
        const { signal } = controller;
        await expect(download({ ...fast, address, target, signal, onProgress })).rejects.toThrow(/abort/);
        expect(await readdir(directory)).toEqual(['file.bin.part']);
      }),
    ));
});

describe('loadDataset', () => {
  it('fetches what is missing into the directory, and does not fetch again', async () => {
    const files = new Map([
      ['train.bin', cifarBytes(cifar100, 20, 0)],
      ['test.bin', cifarBytes(cifar100, 5, 1)],
    ]);
    const bytes = await cifarArchive(cifar100, files);
    await serving({ bytes }, ({ address, ranges }) =>
      inTemporaryDirectory(async (dataDir) => {
        const options = { dataDir, source: { address, md5: md5Of(bytes) } };
        const first = await loadDataset({ name: 'cifar100' }, options);
        const second = await loadDataset({ name: 'cifar100' }, options);
        expect(second.checksum).toBe(first.checksum);
        expect(ranges).toEqual(['']);
        await access(join(dataDir, cifar100.archive.file));
      }),
    );
  });

  it('says what to download, where to put it, and what runs without it', () =>
    serving({ status: 404 }, ({ address }) =>
      inTemporaryDirectory(async (dataDir) => {
        const source = { address, md5: fast.md5 };
        const failure = await failureOf(() => loadDataset({ name: 'cifar100' }, { dataDir, source }));
        expect(failure.exitCode).toBe(1);
        expect(failure.details.value).toContain('404');
        for (const text of [cifar100.archive.address, cifar100.archive.md5, dataDir, 'studies/quick.yaml']) {
          expect(failure.message).toContain(text);
        }
      }),
    ));

  it('does not create a directory that the user named and that is not there', () =>
    inTemporaryDirectory(async (directory) => {
      const dataDir = join(directory, 'mistyped');
      const failure = await failureOf(() => loadDataset({ name: 'cifar10' }, { dataDir }));
      expect([failure.exitCode, failure.details.where]).toEqual([2, dataDir]);
      expect(await readdir(directory)).toEqual([]);
    }));

  it('makes the synthetic dataset only where it is asked for', async () => {
    const data = await loadDataset({ name: 'synthetic', train: 20, test: 10 });
    expect([data.name, data.trainExamples, data.checksum.length]).toEqual(['synthetic', 20, 64]);
  });
});
