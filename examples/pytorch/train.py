#!/usr/bin/env python3
"""The training script of the source study, in PyTorch: MobileNet v1 on CIFAR-100, a CSV with a row for each epoch.

It knows nothing of Ceteris. examples/pytorch/study.yaml calls it for each run (docs/any-trainer.md).
Needs PyTorch only (Debian: apt-get install python3-torch).
"""
import argparse
import json
import math
import os
import tarfile

import torch
import torch.nn as nn
import torch.nn.functional as F

BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
MEAN, DEVIATION = (0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)


def mobilenet(classes, width, activation):
    """Blocks of depthwise 3x3 and pointwise 1x1; `sigmoid` replaces ReLU in blocks 4 to 10, as in the study."""
    scaled = lambda channels: max(1, int(channels * width + 0.5))
    convolution = lambda *size, **more: nn.Conv2d(*size, bias=False, **more)
    channels = scaled(32)
    layers = [convolution(3, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU()]
    for i, (out, stride) in enumerate(BLOCKS):
        act = nn.Sigmoid() if activation == "sigmoid" and 4 <= i <= 10 else nn.ReLU()
        depthwise = convolution(channels, channels, 3, stride=stride, padding=1, groups=channels)
        pointwise = convolution(channels, scaled(out), 1)
        layers += [depthwise, nn.BatchNorm2d(channels), act, pointwise, nn.BatchNorm2d(scaled(out)), act]
        channels = scaled(out)
    return nn.Sequential(*layers, nn.AvgPool2d(2), nn.Flatten(), nn.Linear(channels, classes))


def read_cifar(path, labels):
    """Training images (bytes, N x 3 x 32 x 32) and labels of CIFAR-100's binary archive."""
    with tarfile.open(path) as archive:
        name = next(member.name for member in archive if member.name.endswith("train.bin"))
        records = torch.frombuffer(bytearray(archive.extractfile(name).read()), dtype=torch.uint8).reshape(-1, 3074)
    return records[:, 2:].reshape(-1, 3, 32, 32), records[:, 0 if labels == "coarse" else 1].long()


def synthetic(count, classes):
    """Noise around one pattern for each class: enough to see that all of it works."""
    draw = torch.Generator().manual_seed(1)
    patterns = torch.randint(0, 200, (classes, 3, 32, 32), generator=draw)
    labels = torch.arange(count) % classes
    noise = torch.randint(0, 56, (count, 3, 32, 32), generator=draw)
    return (patterns[labels] + noise).to(torch.uint8), labels


def augmented(images, draw):
    """A crop out of 4 black pixels around the image, mirrored half of the time; each image by draws of its own."""
    padded = F.pad(images, (4, 4, 4, 4))
    rows, columns = torch.randint(0, 9, (2, len(images)), generator=draw).tolist()
    crops = torch.stack([one[:, y : y + 32, x : x + 32] for one, y, x in zip(padded, rows, columns)])
    flips = torch.rand(len(images), generator=draw) < 0.5
    return torch.where(flips[:, None, None, None], crops.flip(3), crops)


def normalized(images):
    mean, deviation = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    return (images.float() / 255 - mean) / deviation


def evaluate(model, images, labels):
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(normalized(part)) for part in images.split(250)])
    return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.05)
parser.add_argument("--schedule", choices=["constant", "cosine"], default="constant")
parser.add_argument("--weight-decay", type=float, default=0)
parser.add_argument("--activation", choices=["relu", "sigmoid"], default="relu")
parser.add_argument("--epochs", type=int, default=300)
parser.add_argument("--batch", type=int, default=128)
parser.add_argument("--width", type=float, default=1)
parser.add_argument("--labels", choices=["fine", "coarse"], default="fine")
parser.add_argument("--data", default="cifar-100-binary.tar.gz")
parser.add_argument("--split", help="split.json of a study; else the last fifth validates")
parser.add_argument("--synthetic", type=int, default=0, help="so many made-up images instead")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--out", required=True)
parser.add_argument("--resume", action="store_true")
args = parser.parse_args()

images, labels = synthetic(args.synthetic, 10) if args.synthetic else read_cifar(args.data, args.labels)
if args.split:
    split = json.load(open(args.split))
    train, valid = torch.tensor(split["train"]), torch.tensor(split["validation"])
else:
    train, valid = torch.arange(len(labels)).tensor_split([len(labels) * 4 // 5])
torch.manual_seed(args.seed)
model = mobilenet(int(labels.max()) + 1, args.width, args.activation)
optimizer = torch.optim.SGD(model.parameters(), args.lr, momentum=0.9, weight_decay=args.weight_decay)
metrics, checkpoint, done = os.path.join(args.out, "metrics.csv"), os.path.join(args.out, "last.pt"), 0
if args.resume:
    model_state, optimizer_state, done = torch.load(checkpoint)
    model.load_state_dict(model_state)
    optimizer.load_state_dict(optimizer_state)
else:
    with open(metrics, "w") as file:
        print("epoch,train_loss,train_accuracy,valid_loss,valid_accuracy", file=file)

for epoch in range(done, args.epochs):
    draw = torch.Generator().manual_seed(1000 * args.seed + epoch)
    if args.schedule == "cosine":
        optimizer.param_groups[0]["lr"] = args.lr / 2 * (1 + math.cos(math.pi * epoch / args.epochs))
    model.train()
    loss_sum = right = seen = 0
    for batch in train[torch.randperm(len(train), generator=draw)].split(args.batch):
        if len(batch) < args.batch:
            break
        logits = model(normalized(augmented(images[batch], draw)))
        loss = F.cross_entropy(logits, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum, right, seen = loss_sum + loss.item(), right + (logits.argmax(1) == labels[batch]).sum().item(), seen + 1
    row = [epoch + 1, loss_sum / seen, right / seen / args.batch, *evaluate(model, images[valid], labels[valid])]
    with open(metrics, "a") as file:
        print(*row, sep=",", file=file)
    print(*row)
    torch.save((model.state_dict(), optimizer.state_dict(), epoch + 1), checkpoint + ".part")
    os.replace(checkpoint + ".part", checkpoint)
