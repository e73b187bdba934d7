"""The usual PyTorch MobileNet v1 for 32x32 images, with the activation chosen per block.

Shared by scripts/pytorch_weights.py, test/golden/make_fixtures.py and bench/. Needs PyTorch only
(Debian: apt-get install python3-torch).
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

# Output channels at width 1, and stride of the depthwise convolution, per block.
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1),
          (512, 1), (1024, 2), (1024, 1)]

ACTIVATIONS = {
    "identity": lambda z: z,
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "leakyRelu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "hardSwish": F.hardswish,
}


class Block(nn.Module):
    """Depthwise 3x3, batch-norm, activation, pointwise 1x1, batch-norm, activation."""

    def __init__(self, channels, out, stride, activation):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, groups=channels, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, out, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x):
        x = self.activation(self.bn1(self.conv1(x)))
        return self.activation(self.bn2(self.conv2(x)))


class MobileNet(nn.Module):
    """`activations`: one name for the stem, then one per block (14 names), or one name for all."""

    def __init__(self, classes=100, width=1.0, activations="relu"):
        super().__init__()
        names = [activations] * (len(BLOCKS) + 1) if isinstance(activations, str) else activations
        scaled = lambda channels: max(1, int(channels * width + 0.5))
        channels = scaled(32)
        self.conv1 = nn.Conv2d(3, channels, 3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.activation = ACTIVATIONS[names[0]]
        layers = []
        for (out, stride), name in zip(BLOCKS, names[1:]):
            layers.append(Block(channels, scaled(out), stride, name))
            channels = scaled(out)
        self.layers = nn.Sequential(*layers)
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.activation(self.bn1(self.conv1(x)))
        x = F.avg_pool2d(self.layers(x), 2)
        return self.linear(x.flatten(1))


def activations_of(spec):
    """A study file's `activation` value -> one name for the stem and one per block."""
    if isinstance(spec, str):
        return [spec] * (len(BLOCKS) + 1)
    blocks = spec["blocks"]
    if blocks == "all":
        chosen = set(range(len(BLOCKS)))
    elif isinstance(blocks, str):
        chosen = set()
        for part in blocks.split(","):
            first, _, last = part.partition("-")
            chosen.update(range(int(first), int(last or first) + 1))
    else:
        chosen = set([blocks] if isinstance(blocks, int) else blocks)
    elsewhere = spec.get("elsewhere", "relu")
    return [elsewhere] + [spec["name"] if i in chosen else elsewhere for i in range(len(BLOCKS))]
