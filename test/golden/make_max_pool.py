"""Max pooling as PyTorch has it: values and gradients, with ties, overlapping windows, rows left out, and a NaN.

Writes fixtures/maxPool.json; run by `python3 test/golden/make_max_pool.py` (Debian: apt-get install python3-torch).
All tensors are NHWC, flattened; a NaN is null. Values are quarters, so that JSON holds them exactly.
"""
import json
import math
from pathlib import Path

import torch

CASES = [
    {"name": "2x2", "shape": [2, 6, 4, 3], "size": 2, "stride": 2, "nan": None},
    {"name": "3x3, stride 2, rows and columns left out", "shape": [2, 8, 6, 5], "size": 3, "stride": 2, "nan": None},
    {"name": "3x3, stride 1", "shape": [1, 5, 7, 4], "size": 3, "stride": 1, "nan": None},
    {"name": "2x2, stride 3", "shape": [1, 8, 7, 2], "size": 2, "stride": 3, "nan": None},
    {"name": "2x2, stride 1, a NaN", "shape": [1, 5, 5, 2], "size": 2, "stride": 1, "nan": 17},
]


def plain(tensor):
    values = tensor.permute(0, 2, 3, 1).flatten().tolist()
    return [None if math.isnan(value) else value for value in values]


def make(case, generator):
    n, h, w, c = case["shape"]
    # Few distinct values: most windows hold their largest value several times.
    x = torch.randint(-6, 7, (n, h, w, c), generator=generator).double() / 4
    if case["nan"] is not None:
        x.flatten()[case["nan"]] = math.nan
    x = x.permute(0, 3, 1, 2).contiguous().requires_grad_()
    y = torch.nn.functional.max_pool2d(x, case["size"], case["stride"])
    dy = torch.randint(-8, 9, y.shape, generator=generator).double() / 4
    y.backward(dy)
    tensors = {"x": x.detach(), "y": y.detach(), "dy": dy, "dx": x.grad}
    case = {key: value for key, value in case.items() if key != "nan"}
    return {**case, **{name: plain(tensor) for name, tensor in tensors.items()}}


if __name__ == "__main__":
    generator = torch.Generator().manual_seed(1)
    cases = [make(case, generator) for case in CASES]
    path = Path(__file__).parent / "fixtures" / "maxPool.json"
    path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
