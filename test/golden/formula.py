"""The integer formula that makes the golden tests' weights, images, labels and crops, and the digests of tensors.

test/golden/formula.ts repeats it in TypeScript, so the fixtures hold results only.
"""
import json
import math
import pathlib

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
MEAN = [0.5071, 0.4865, 0.4409]
DEVIATION = [0.2673, 0.2564, 0.2762]
SIGNS = 32


def hash_name(name):
    """FNV-1a."""
    value = 0x811C9DC5
    for character in name:
        value = ((value ^ ord(character)) * 0x01000193) & 0xFFFFFFFF
    return value


def hashes(name, count):
    """uint32 for index 0 .. count - 1: murmur3's finalizer of a counter."""
    h = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(hash_name(name))
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def uniform(name, count):
    """float64 in [-1, 1) on a grid of 2^-23."""
    return (hashes(name, count) >> np.uint32(8)).astype(np.float64) / 8388608 - 1


def tensor_value(name, shape, seed, beta):
    """A parameter, running statistic or velocity: float64 that are float32 values.

    Batch-norm's beta is `beta` +- 0.1: 0 at full width, as at initialization; 0.5 in the narrow network, which with 0 is
    chaotic even in float64: rounding errors of 1e-16 in the weights grow to 1e-8 .. 1e-6 of the loss in six steps
    (PyTorch against itself), which hides any finer disagreement; with 0.5 they grow to 1e-12, and a third of the
    values still lies on the other side of 0.
    """
    count = int(np.prod(shape))
    value = uniform(f"{seed}/{name}", count)
    if name.endswith("running_var"):
        value = 1 + 0.5 * value
    elif name.startswith("momentum."):
        value = 0.01 * value
    elif name.endswith("running_mean"):
        value = 0.1 * value
    elif name.endswith(".bias") and "bn" in name:
        value = beta + 0.1 * value
    elif name.endswith(".weight") and "bn" in name:
        value = 1 + 0.25 * value
    else:
        value = value / math.sqrt(fan_in(name, shape))
    return value.astype(np.float32).astype(np.float64).reshape(shape)


def fan_in(name, shape):
    return 64 if name == "linear.bias" else int(np.prod(shape[1:]))


def pixels(images):
    """uint8 [images, 3, 32, 32]: cells of 8x8 with a value each, and noise."""
    cells = (hashes("cells", images * 3 * 16) >> np.uint32(24)).astype(np.int64).reshape(images, 3, 4, 4)
    noise = (hashes("noise", images * 3 * 1024) >> np.uint32(24)).astype(np.int64).reshape(images, 3, 32, 32)
    return (3 * cells.repeat(8, axis=2).repeat(8, axis=3) + noise) // 4


def labels(images, classes):
    return (hashes("labels", images) % np.uint32(classes)).astype(np.int64)


def batch_of(step, batch, images, classes, dtype):
    """Images and labels of a step: cropped with padding 4, mirrored, normalized."""
    indices = (np.arange(batch) * 5 + step * 7) % images
    shift_y = (hashes(f"shiftY/{step}", batch) % np.uint32(9)).astype(int) - 4
    shift_x = (hashes(f"shiftX/{step}", batch) % np.uint32(9)).astype(int) - 4
    flip = (hashes(f"flip/{step}", batch) >> np.uint32(31)).astype(bool)
    source = np.pad(pixels(images)[indices], ((0, 0), (0, 0), (4, 4), (4, 4)))
    out = np.empty((batch, 3, 32, 32))
    for n in range(batch):
        y, x = 4 + shift_y[n], 4 + shift_x[n]
        crop = source[n, :, y : y + 32, x : x + 32]
        out[n] = crop[:, :, ::-1] if flip[n] else crop
    mean = np.array(MEAN).reshape(1, 3, 1, 1)
    deviation = np.array(DEVIATION).reshape(1, 3, 1, 1)
    return (
        torch.tensor((out / 255 - mean) / deviation, dtype=dtype),
        torch.tensor(labels(images, classes)[indices]),
    )


class Fixture:
    """A JSON file that describes, and a file of float64 that holds the numbers."""

    def __init__(self, name):
        self.name = name
        self.values = []
        self.length = 0

    def add(self, values):
        values = np.asarray(values, dtype=np.float64).ravel()
        entry = [self.length, len(values)]
        self.values.append(values)
        self.length += len(values)
        return entry

    def numbers(self, entry):
        return np.concatenate(self.values)[entry[0] : entry[0] + entry[1]]

    def digests(self, tensors):
        """All tensors one after another; sizes follow from the network."""
        return self.add(np.concatenate([digest(name, value) for name, value in tensors]))

    def write(self, description):
        path = HERE / "fixtures" / self.name
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".json").write_text(json.dumps(description, indent=1) + "\n")
        np.concatenate(self.values).astype("<f8").tofile(path.with_suffix(".bin"))


SIGN_CACHE = {}


def digest(name, value):
    """L2 norm, then the values or 32 signed sums."""
    value = np.asarray(value, dtype=np.float64).ravel()
    norm = np.sqrt(np.sum(value**2))
    if len(value) <= SIGNS:
        return np.concatenate([[norm], value])
    key = (name, len(value))
    if key not in SIGN_CACHE:
        SIGN_CACHE[key] = hashes(f"sign/{name}", len(value))
    bits = SIGN_CACHE[key]
    sums = [np.sum(np.where((bits >> np.uint32(b)) & np.uint32(1), value, -value)) for b in range(SIGNS)]
    return np.concatenate([[norm], sums])
