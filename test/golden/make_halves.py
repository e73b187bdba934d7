#!/usr/bin/env python3
"""Writes test/golden/fixtures/halves.json: how far rounding the factors of pointwise convolutions to f16 takes a step's gradients.

    /usr/bin/python3 test/golden/make_halves.py        (Debian: apt-get install python3-torch; some minutes)

The steps are those of make_fixtures.py (`steps` with silu, `full`), in PyTorch's float64 throughout, but for the factors of the
products of every pointwise convolution (forward, gradient by the input, gradient by the weights): each is multiplied by the power
of two that brings its largest element to below 2^14, rounded to f16, and divided again. What is stored is the L2 error of each
gradient against float64 without rounding: the root mean square over draws, as in make_fixtures.py.
"""
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import make_fixtures
from make_fixtures import make_case, restarted

HERE = pathlib.Path(__file__).resolve().parent
DRAWS = 4


def halves(tensor):
    """Rounded to f16 by its power of two."""
    largest = tensor.abs().max().item()
    scale = 2.0 ** (14 - (math.floor(math.log2(largest)) + 1))
    return (tensor * scale).half().double() / scale


class PointwiseInHalves(torch.autograd.Function):
    @staticmethod
    def forward(context, x, weight):
        x, weight = halves(x), halves(weight)
        context.save_for_backward(x, weight)
        return F.conv2d(x, weight)

    @staticmethod
    def backward(context, gradient):
        x, weight = context.saved_tensors
        gradient = halves(gradient)
        return (
            torch.nn.grad.conv2d_input(x.shape, weight, gradient),
            torch.nn.grad.conv2d_weight(x, weight.shape, gradient),
        )


def network_in_halves(case, dtype, seed, exact=make_fixtures.network):
    model = exact(case, dtype, seed)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d) and module.kernel_size == (1, 1):
            module.forward = lambda x, own=module: PointwiseInHalves.apply(x, own.weight)
    return model


def errors_of(case, step):
    exact_network = make_fixtures.network
    loss, exact, _, _ = restarted(case, step, torch.float64)
    squares = np.zeros(len(exact))
    make_fixtures.network = network_in_halves
    try:
        for draw in range(DRAWS):
            rounded_loss, rounded, _, _ = restarted(case, step, torch.float64, draw)
            squares += [np.sum((a[1] - b[1]) ** 2) for a, b in zip(exact, rounded)]
    finally:
        make_fixtures.network = exact_network
    errors = np.sqrt(squares / DRAWS)
    relative = sorted(e / np.linalg.norm(v.ravel()) for e, (_, v) in zip(errors, exact))
    print(
        f"{case['name']} step {step}: loss off by {rounded_loss - loss:.1e}, "
        f"gradients by {relative[len(relative) // 2]:.1e} (median), {relative[-1]:.1e} (worst)",
        flush=True,
    )
    return {"step": step, "errors": [float(f"{e:.3e}") for e in errors]}


def main():
    small = {"weightDecay": 5e-4}
    large = {"width": 1, "beta": 0, "batch": 128, "images": 256, "weightDecay": 5e-4}
    sigmoid = {"name": "sigmoid", "blocks": "4-10"}
    cases = [
        (make_case("narrow, silu", activation="silu", **small), range(3, 21, 2)),
        (make_case("full", **large), [1]),
        (make_case("full, sigmoid", activation=sigmoid, **large), [1]),
        (make_case("full, silu", activation="silu", **large), [1]),
    ]
    entries = [{"name": case["name"], "steps": [errors_of(case, step) for step in steps]} for case, steps in cases]
    (HERE / "fixtures" / "halves.json").write_text(json.dumps({"cases": entries}) + "\n")


if __name__ == "__main__":
    main()
