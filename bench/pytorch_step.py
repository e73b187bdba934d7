"""Times a training and an evaluation step of the same MobileNet in PyTorch: the peer of `ceteris bench step`.

Channels-last, SGD with momentum 0.9, random images that lie ready as normalized floats (ceteris also crops, flips and
normalizes bytes within its step). Prints one JSON object. `npm run bench:peer` runs it in turns with ceteris.

It runs as its best self: glibc would give a step's memory back to the system after each step, and map it anew, page by
page, in the next (about 100,000 page faults), unless MALLOC_TRIM_THRESHOLD_ and MALLOC_MMAP_THRESHOLD_ are high. So this
program starts itself again with both at 4e9; `--return-memory` leaves the allocator as it comes.

ONEDNN_MAX_CPU_ISA and ATEN_CPU_CAPABILITY limit the instructions that PyTorch uses (bench/peer.mjs --isa sets them).
Needs PyTorch (Debian: apt-get install python3-torch).
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))


def count(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1")
    return value


parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--width", type=float, default=1.0)
parser.add_argument("--batch", type=count, default=128)
parser.add_argument("--threads", type=count, default=os.cpu_count())
parser.add_argument("--steps", type=count, default=9, help="counted steps of each kind, after two that are not")
parser.add_argument("--serve", action="store_true", help="make steps when told to on stdin, as stepServer.mjs does")
parser.add_argument("--return-memory", action="store_true", help="the allocator as it comes, which returns memory after each step")
options = parser.parse_args()

KEPT = {"MALLOC_TRIM_THRESHOLD_": "4000000000", "MALLOC_MMAP_THRESHOLD_": "4000000000"}
if not options.return_memory and any(os.environ.get(name) != value for name, value in KEPT.items()):
    # The allocator reads them when a process starts.
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **KEPT})

try:
    import torch
except ImportError:
    sys.exit("PyTorch is missing: install it (Debian: apt-get install python3-torch)")

import torch.nn.functional as F  # noqa: E402

from torch_mobilenet import MobileNet  # noqa: E402


def onednn_isa():
    """What oneDNN says of itself, in a process of its own: it tells only at its first use."""
    code = "import torch; torch.nn.Conv2d(8, 8, 3)(torch.zeros(4, 8, 16, 16))"
    environment = {**os.environ, "ONEDNN_VERBOSE": "1", "DNNL_VERBOSE": "1"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True).stdout
    found = re.search(r"cpu,isa:(.*)", told)
    return found.group(1).strip() if found else "unknown"


def aten_isa():
    found = re.search(r"CPU capability usage: (\S+)", torch.__config__.show())
    return found.group(1) if found else "unknown"


def timing(work):
    work()
    work()
    times = []
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(options.steps):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    ordered = torch.tensor(sorted(times), dtype=torch.float64)
    low, median, high = torch.quantile(ordered, torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64)).tolist()
    return {
        "medianMs": median,
        "quartilesMs": [low, high],
        "minMs": min(times),
        "maxMs": max(times),
        "pageFaultsPerStep": faults / options.steps,
        "imagesPerSecond": 1000 * options.batch / median,
    }


torch.set_num_threads(options.threads)
torch.manual_seed(0)
model = MobileNet(classes=100, width=options.width).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
images = torch.randn(options.batch, 3, 32, 32).to(memory_format=torch.channels_last)
labels = torch.arange(options.batch) % 100


def train():
    model.train()
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()


def evaluate():
    model.eval()
    with torch.no_grad():
        F.cross_entropy(model(images), labels).item()


def times(work, steps):
    work()
    result = []
    for _ in range(steps):
        start = time.perf_counter()
        work()
        result.append(1000 * (time.perf_counter() - start))
    return result


def serve():
    works = {"train": train, "evaluate": evaluate}
    for work in works.values():
        times(work, 4)
    print(json.dumps(versions), flush=True)
    for line in sys.stdin:
        kind, steps = line.split()
        print(json.dumps(times(works[kind], int(steps))), flush=True)


versions = {"torch": torch.__version__, "isa": {"oneDNN": onednn_isa(), "ATen": aten_isa()}}
if options.serve:
    serve()
else:
    sizes = {"threads": torch.get_num_threads(), "batch": options.batch, "width": options.width}
    print(json.dumps({**versions, **sizes, "train": timing(train), "evaluate": timing(evaluate)}, indent=2))
