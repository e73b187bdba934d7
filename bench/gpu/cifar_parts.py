"""CIFAR-100's files in small parts, without loss at 0.52 of their size: for machines to which only a little can be carried at a time.

  cifar_parts.py pack FOLDER PARTS [--images 2500]      train.bin and test.bin of FOLDER -> PARTS/train-00.part, ...
  cifar_parts.py unpack PARTS FOLDER [--test 10000]     as many images as the parts hold, from the first on

A pixel is predicted from its neighbours (the median predictor of JPEG-LS, on green, red - green, blue - green). What is left over
is coded by Huffman codes (zlib), one stream for each of 32 degrees of unrest among the neighbours. Needs numpy only.
"""
import argparse, concurrent.futures, pathlib, struct, sys, zlib
import numpy as np

RECORD, SIDE, DEGREES = 3074, 32, 32


def huffman(data):
    coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    return coder.compress(data) + coder.flush()


def predict(p, i, j):
    """The median predictor for pixel (i, j) of planes p [images, 32, 32]."""
    if i == 0: return p[:, 0, j - 1] if j else np.zeros(len(p), np.int16)
    north = p[:, i - 1, j]
    if j == 0: return north
    west, corner = p[:, i, j - 1], p[:, i - 1, j - 1]
    high, low = np.maximum(west, north), np.minimum(west, north)
    return np.where(corner >= high, low, np.where(corner <= low, high, west + north - corner))


def degree(rest, c, i, j):
    """Unrest of what is known around pixel (i, j) of plane c; rest [3, images, 32, 32] holds absolute leftovers."""
    p, sum = rest[c], np.zeros(rest.shape[1], np.int32)
    if j: sum += 2 * p[:, i, j - 1]
    if i: sum += 2 * p[:, i - 1, j]
    if i and j: sum += p[:, i - 1, j - 1]
    if i and j < SIDE - 1: sum += p[:, i - 1, j + 1]
    if j > 1: sum += p[:, i, j - 2]
    if i > 1: sum += p[:, i - 2, j]
    if c: sum += 3 * rest[0][:, i, j]
    if c == 2: sum += 2 * rest[1][:, i, j]
    # Integers only: packer and unpacker must agree on any machine. 3 steps an octave.
    edges = np.array([1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 21, 26, 32, 41, 51, 64, 81, 102, 128, 162, 204, 256, 323, 407, 512, 646, 813, 1024, 1291, 1626, 2048])
    return np.searchsorted(edges, sum, side='right')


def encode(records):
    n = len(records)
    rgb = records[:, 2:].reshape(n, 3, SIDE, SIDE).astype(np.int16)
    planes = np.stack([rgb[:, 1], rgb[:, 0] - rgb[:, 1], rgb[:, 2] - rgb[:, 1]])
    rest, streams = np.zeros(planes.shape, np.int32), []
    for c in range(3):
        parts = [[] for _ in range(DEGREES)]
        for i in range(SIDE):
            for j in range(SIDE):
                left = ((planes[c][:, i, j] - predict(planes[c], i, j) + 128) & 255) - 128
                where = degree(rest, c, i, j)
                rest[c][:, i, j] = np.abs(left)
                order = np.argsort(where, kind='stable')
                ends = np.cumsum(np.bincount(where, minlength=DEGREES))
                for k, piece in enumerate(np.split((left[order] & 255).astype(np.uint8), ends[:-1])):
                    if len(piece): parts[k].append(piece)
        streams += [huffman(b''.join(p.tobytes() for p in part)) for part in parts]
    labels = huffman(records[:, :2].tobytes())
    head = struct.pack('<II', n, len(labels)) + struct.pack(f'<{len(streams)}I', *map(len, streams))
    return head + labels + b''.join(streams)


def decode(data):
    n, size = struct.unpack_from('<II', data)
    lengths, at = struct.unpack_from(f'<{3 * DEGREES}I', data, 8), 8 + 4 * 3 * DEGREES
    records = np.zeros((n, RECORD), np.uint8)
    records[:, :2] = np.frombuffer(zlib.decompress(data[at:at + size], -15), np.uint8).reshape(n, 2)
    at += size
    streams = []
    for length in lengths:
        streams.append(np.frombuffer(zlib.decompress(data[at:at + length], -15), np.uint8))
        at += length
    planes, rest = np.zeros((3, n, SIDE, SIDE), np.int16), np.zeros((3, n, SIDE, SIDE), np.int32)
    for c in range(3):
        taken = np.zeros(DEGREES, np.int64)
        for i in range(SIDE):
            for j in range(SIDE):
                where = degree(rest, c, i, j)
                counts = np.bincount(where, minlength=DEGREES)
                left = np.empty(n, np.uint8)
                left[np.argsort(where, kind='stable')] = np.concatenate(
                    [streams[DEGREES * c + k][taken[k]:taken[k] + counts[k]] for k in range(DEGREES)])
                taken += counts
                signed = left.astype(np.int8).astype(np.int16)
                rest[c][:, i, j] = np.abs(signed.astype(np.int32))
                value = signed + predict(planes[c], i, j)
                # Green is a byte; the differences are known up to 256, and green says which.
                planes[c][:, i, j] = value & 255 if c == 0 else differ(value, planes[0][:, i, j])
    rgb = np.stack([planes[0] + planes[1], planes[0], planes[0] + planes[2]], 1)
    records[:, 2:] = rgb.astype(np.uint8).reshape(n, -1)
    return records


def differ(value, green):
    """The difference d with d = value (mod 256) for which green + d is a byte."""
    return ((value + green) & 255) - green


def pack_one(arguments):
    records, path = arguments
    path.write_bytes(encode(records))
    return path, len(records)


def unpack_one(path): return decode(path.read_bytes())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('what', choices=['pack', 'unpack'])
    parser.add_argument('source', type=pathlib.Path)
    parser.add_argument('target', type=pathlib.Path)
    parser.add_argument('--images', type=int, default=2500)
    parser.add_argument('--test', type=int, default=10000)
    a = parser.parse_args()
    a.target.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for name in ['train', 'test']:
            if a.what == 'pack':
                records = np.fromfile(a.source / f'{name}.bin', np.uint8).reshape(-1, RECORD)
                pieces = [records[i:i + a.images] for i in range(0, len(records), a.images)]
                jobs = [(piece, a.target / f'{name}-{k:02}.part') for k, piece in enumerate(pieces)]
                for path, n in pool.map(pack_one, jobs): print(path.name, n, path.stat().st_size, flush=True)
                continue
            paths, k = [], 0
            while (path := a.source / f'{name}-{k:02}.part').exists(): paths.append(path); k += 1
            if not paths: sys.exit(f'no parts of {name}.bin in {a.source}')
            records = np.concatenate(list(pool.map(unpack_one, paths)))
            if name == 'test': records = records[:a.test]
            records.tofile(a.target / f'{name}.bin')
            print(f'{name}.bin: {len(records)} images', flush=True)


if __name__ == '__main__': main()
