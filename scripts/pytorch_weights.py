#!/usr/bin/env python3
"""Weights between Ceteris and PyTorch (Debian: apt-get install python3-torch).

    pytorch_weights.py evaluate OUT/STUDY/runs/RUN --data cifar-100-binary.tar.gz
    pytorch_weights.py evaluate weights.safetensors --split split.json --data train.bin [--activation relu]
    pytorch_weights.py write initial.safetensors --seed 0

`evaluate` opens weights.safetensors in the usual PyTorch MobileNet with load_state_dict(strict=True), evaluates the
validation split, and prints one line of JSON: examples, correct, accuracy, loss. `write` makes a MobileNet with
PyTorch's own initial weights and writes its state_dict as safetensors, for `training.initial` of a study file.
"""
import argparse
import json
import pathlib
import struct
import sys
import tarfile

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from torch_mobilenet import MobileNet, activations_of  # noqa: E402

DTYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "I64": torch.int64, "I32": torch.int32}
NORMALIZATION = {  # mean and standard deviation of the training images, by dataset
    "cifar100": ([0.5071, 0.4865, 0.4409], [0.2673, 0.2564, 0.2762]),
    "cifar10": ([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]),
}


def read_safetensors(path):
    """Length of the header (u64), header (JSON: dtype, shape, data_offsets by name), data."""
    content = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        first, end = (8 + length + offset for offset in entry["data_offsets"])
        tensor = torch.frombuffer(bytearray(content[first:end]), dtype=DTYPES[entry["dtype"]])
        tensors[name] = tensor.reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    codes = {dtype: code for code, dtype in DTYPES.items()}
    header, data = {}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().contiguous().numpy().tobytes()
        offsets = [len(data), len(data) + len(values)]
        header[name] = {"dtype": codes[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        data += values
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_training_records(paths, label_bytes):
    """CIFAR's binary layout: label bytes (the last one counts), then 3072 bytes of image, per record."""
    content = b"".join(read_training_bytes(path) for path in paths)
    records = torch.frombuffer(bytearray(content), dtype=torch.uint8).reshape(-1, label_bytes + 3072)
    return records[:, label_bytes:].reshape(-1, 3, 32, 32), records[:, label_bytes - 1].long()


def read_training_bytes(path):
    if not path.name.endswith((".tar.gz", ".tgz", ".tar")):
        return path.read_bytes()
    with tarfile.open(path) as archive:
        names = [n for n in archive.getnames() if n.endswith("train.bin") or "data_batch_" in n]
        return b"".join(archive.extractfile(name).read() for name in sorted(names))


def sources_of(arguments):
    """Weights, split, and what the run's configuration says, from a run directory or from the options."""
    path = arguments.weights
    if not path.is_dir():
        if arguments.split is None:
            sys.exit("--split is needed where WEIGHTS is a file, not a run directory")
        return path, arguments.split, {}
    configuration = json.loads((path / "run.json").read_text())["configuration"]
    split = arguments.split or path.parent.parent / "split.json"
    return path / "weights.safetensors", split, configuration


def evaluate(arguments):
    weights, split, configuration = sources_of(arguments)
    state = read_safetensors(weights)
    classes, features = state["linear.weight"].shape
    width = configuration.get("network", {}).get("width", features / 1024)
    activation = parse_activation(arguments.activation) or configuration.get("activation", "relu")
    model = MobileNet(classes, width, activations_of(activation))
    model.load_state_dict(state, strict=True)
    model.eval()

    dataset = json.loads(split.read_text())
    name = arguments.dataset or configuration.get("dataset", {}).get("name", dataset["dataset"])
    images, labels = read_training_records(arguments.data, 2 if name == "cifar100" else 1)
    mean, deviation = (torch.tensor(v).reshape(1, 3, 1, 1) for v in NORMALIZATION[name])
    chosen = torch.tensor(dataset["validation"])
    correct, loss = 0, 0.0
    with torch.no_grad():
        for indices in chosen.split(arguments.batch):
            logits = model((images[indices].float() / 255 - mean) / deviation)
            targets = labels[indices]
            loss += F.cross_entropy(logits, targets, reduction="sum").item()
            correct += (logits.argmax(1) == targets).sum().item()
    count = len(chosen)
    print(json.dumps({"examples": count, "correct": correct, "accuracy": correct / count, "loss": loss / count}))


def parse_activation(text):
    return json.loads(text) if text is not None and text.startswith("{") else text


def write(arguments):
    torch.manual_seed(arguments.seed)
    model = MobileNet(arguments.classes, arguments.width)
    write_safetensors(arguments.output, model.state_dict())
    parameters = sum(p.numel() for p in model.parameters())
    print(json.dumps({"tensors": len(model.state_dict()), "parameters": parameters}))


def main():
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("evaluate", help="accuracy and loss of weights on the validation split")
    command.add_argument("weights", type=pathlib.Path, help="a run directory, or a .safetensors file")
    command.add_argument("--data", type=pathlib.Path, nargs="+", required=True, help="train.bin, batches, or .tar.gz")
    command.add_argument("--split", type=pathlib.Path, help="split.json (of the run's study)")
    command.add_argument("--activation", help="a name or JSON, as in the study file (of the run)")
    command.add_argument("--dataset", choices=sorted(NORMALIZATION), help="which layout (of the run)")
    command.add_argument("--batch", type=int, default=500)
    command.set_defaults(run=evaluate)
    command = commands.add_parser("write", help="a fresh PyTorch state_dict as safetensors")
    command.add_argument("output", type=pathlib.Path)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--width", type=float, default=1.0)
    command.add_argument("--classes", type=int, default=100)
    command.set_defaults(run=write)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
