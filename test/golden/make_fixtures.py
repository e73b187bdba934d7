#!/usr/bin/env python3
"""Writes test/golden/fixtures/: what PyTorch computes where the tests say our engine must agree.

    /usr/bin/python3 test/golden/make_fixtures.py        (Debian: apt-get install python3-torch; about 5 minutes)

Weights, statistics, images, labels and crops come from one integer formula (formula.py) that formula.ts repeats, so no
input is stored. Of every tensor only a digest is stored: its values where it has at most 32, else 32 sums of all its
values with signs from the same formula (a random projection: the mean square of the 32 sums of an error estimates the
error's squared L2 norm, to within 25 %, that is 12 % of the norm), and its L2 norm.

    narrow  width 0.125, batch 8: six steps in float64, each optimizer, schedule, regularizer and activation
    steps   width 0.125, batch 8: steps 2 to 20, each started from weights of the formula, float64 and fp32
            (relu: float64 only can be compared, one sign that flips is a large error in so narrow a network)
    full    width 1, batch 128: step 1 (relu; sigmoid in blocks 4-10; silu) and three restarted steps, float64 and fp32

fp32 is PyTorch's contiguous layout; of it only the L2 error against float64 is stored, tensor by tensor. With relu that
error is made of signs that flip, few and at random: one step of PyTorch against another whose images differ by half a
unit in the last place has ratios of single tensors up to 5400 (median over tensors 0.7 to 1.8). So what is stored is
the root mean square over 16 such steps, the first one with the images as they are: PyTorch's typical error.
"""
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "scripts")]
from formula import Fixture, batch_of, hashes, tensor_value  # noqa: E402
from torch_mobilenet import MobileNet, activations_of  # noqa: E402

DRAWS = 16


# ---- running PyTorch ----------------------------------------------------------------------------------------------


def network(case, dtype, seed):
    """The network with the formula's weights and statistics."""
    model = MobileNet(case["classes"], case["width"], activations_of(case["activation"])).to(dtype)
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if not name.endswith("num_batches_tracked"):
                tensor.copy_(torch.tensor(tensor_value(name, tuple(tensor.shape), seed, case["beta"])))
    return model.train()


def optimizer_of(case, model):
    options = case["optimizer"]
    common = {"lr": case["learningRate"], "weight_decay": case["weightDecay"]}
    if options["name"] == "sgd":
        return torch.optim.SGD(
            model.parameters(),
            momentum=options["momentum"],
            dampening=options["dampening"],
            nesterov=options["nesterov"],
            **common,
        )
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[options["name"]]
    return kind(model.parameters(), betas=(options["beta1"], options["beta2"]), eps=options["epsilon"], **common)


def rate(case, step):
    """Here a step stands for an epoch."""
    if case["schedule"] == "constant":
        return case["learningRate"]
    return case["learningRate"] / 2 * (1 + math.cos(math.pi * step / case["schedule"]["over"]))


def gradients(model):
    return [(name, p.grad.detach().numpy().copy()) for name, p in model.named_parameters()]


def parameters(model):
    return [(name, p.detach().numpy().copy()) for name, p in model.named_parameters()]


def running(model):
    return [(n, b.numpy()) for n, b in model.named_buffers() if not n.endswith("num_batches_tracked")]


def free_run(case, fixture):
    """Six steps in float64, then evaluation mode on the images of step 1."""
    model = network(case, torch.float64, 1)
    optimizer = optimizer_of(case, model)
    losses = []
    entry = {}
    for step in range(case["steps"]):
        images, targets = batch_of(step, case["batch"], case["images"], case["classes"], torch.float64)
        for group in optimizer.param_groups:
            group["lr"] = rate(case, step)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), targets)
        loss.backward()
        if step == 0:
            entry["gradients"] = fixture.digests(gradients(model))
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    images, targets = batch_of(0, case["batch"], case["images"], case["classes"], torch.float64)
    with torch.no_grad():
        logits = model(images)
    entry["losses"] = fixture.add(losses)
    entry["statistics"] = fixture.digests(running(model))
    entry["evaluationLosses"] = fixture.add(F.cross_entropy(logits, targets, reduction="none").numpy())
    entry["evaluationLogits"] = fixture.digests([("logits", logits.numpy())])
    return entry


def restarted(case, step, dtype, draw=0):
    """One step from the formula's weights of this step (and velocities, but for step 1).

    `draw` above 0: each value of the images is half a unit in the last place (of float32) larger or smaller.
    """
    model = network(case, dtype, step)
    optimizer = optimizer_of(case, model)
    if step > 1:
        for name, parameter in model.named_parameters():
            velocity = tensor_value(f"momentum.{name}", tuple(parameter.shape), step, 0)
            optimizer.state[parameter]["momentum_buffer"] = torch.tensor(velocity, dtype=dtype)
    images, targets = batch_of(step, case["batch"], case["images"], case["classes"], dtype)
    if draw > 0:
        sign = (hashes(f"draw/{draw}", images.numel()) >> np.uint32(31)).astype(np.float64) * 2 - 1
        images = (images.double() * (1 + 6e-8 * torch.tensor(sign).reshape(images.shape))).to(dtype)
    loss = F.cross_entropy(model(images), targets)
    loss.backward()
    found = gradients(model)
    optimizer.step()
    return loss.item(), found, parameters(model), [(n, b.copy()) for n, b in running(model)]


def restarted_pair(case, step, fixture):
    """float64's digests, and how far PyTorch's fp32 is from it."""
    loss, exact, updated, statistics = restarted(case, step, torch.float64)
    squares = np.zeros(len(exact))
    for draw in range(DRAWS):
        drawn, rounded, _, _ = restarted(case, step, torch.float32, draw)
        loss32 = drawn if draw == 0 else loss32
        squares += [np.sum((a[1] - b[1]) ** 2) for a, b in zip(exact, rounded)]
    errors = np.sqrt(squares / DRAWS)
    relative = sorted(e / np.linalg.norm(v.ravel()) for e, (_, v) in zip(errors, exact))
    print(
        f"{case['name']} step {step}: loss {loss:.9f}, fp32 off by {loss32 - loss:.1e}, "
        f"gradients by {relative[len(relative) // 2]:.1e} (median), {relative[-1]:.1e} (worst)",
        flush=True,
    )
    return {
        "step": step,
        "loss": fixture.add([loss, loss32]),
        "gradients": fixture.digests(exact),
        "fp32Errors": fixture.add(errors),
        "updated": fixture.digests(updated) if step in (1, 2, 20) else None,
        "statistics": fixture.digests(statistics) if step in (1, 2, 20) else None,
    }


# ---- the cases ----------------------------------------------------------------------------------------------------

SGD = {"name": "sgd", "momentum": 0.9, "dampening": 0, "nesterov": False}
ADAM = {"name": "adam", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


def make_case(name, **changes):
    case = {
        "name": name,
        "width": 0.125,
        "beta": 0.5,
        "batch": 8,
        "classes": 100,
        "images": 64,
        "steps": 6,
        "learningRate": 0.05,
        "schedule": "constant",
        "weightDecay": 0,
        "activation": "relu",
        "optimizer": SGD,
    }
    case.update(changes)
    return case


def narrow():
    others = ["identity", "tanh", "leakyRelu", "elu", "gelu", "silu", "hardSwish"]
    cases = [
        make_case("baseline"),
        make_case("cosine", schedule={"name": "cosine", "over": 6}),
        make_case("weight decay", weightDecay=5e-4),
        make_case("sigmoid in blocks 4-10", activation={"name": "sigmoid", "blocks": "4-10"}),
        *[make_case(f"{name} in all blocks", activation=name) for name in others],
        make_case("no momentum", optimizer={**SGD, "momentum": 0}),
        make_case("nesterov", optimizer={**SGD, "nesterov": True}, weightDecay=1e-2),
        make_case("dampening", optimizer={**SGD, "dampening": 0.2}),
        make_case("adam", optimizer=ADAM, learningRate=1e-3, weightDecay=1e-2),
        make_case("adamw", optimizer={**ADAM, "name": "adamw"}, learningRate=1e-3, weightDecay=1e-2),
    ]
    fixture = Fixture("narrow")
    entries = []
    for case in cases:
        entries.append({"case": case, **free_run(case, fixture)})
        print(case["name"], fixture.numbers(entries[-1]["losses"]), flush=True)
    fixture.write({"cases": entries})


def steps():
    """relu on even steps; silu on odd ones, where no sign flips and fp32 errors can be compared in so narrow a net."""
    fixture = Fixture("steps")
    size = {"weightDecay": 5e-4}
    relu = make_case("narrow, relu", **size)
    silu = make_case("narrow, silu", activation="silu", **size)
    entries = [
        {"case": relu, "steps": [restarted_pair(relu, step, fixture) for step in range(2, 21, 2)]},
        {"case": silu, "steps": [restarted_pair(silu, step, fixture) for step in range(3, 21, 2)]},
    ]
    fixture.write({"cases": entries})


def full():
    fixture = Fixture("full")
    size = {"width": 1, "beta": 0, "batch": 128, "images": 256, "weightDecay": 5e-4}
    plain = make_case("full", **size)
    sigmoid = make_case("full, sigmoid", activation={"name": "sigmoid", "blocks": "4-10"}, **size)
    entries = [{"case": plain, "steps": [restarted_pair(plain, step, fixture) for step in (1, 2, 11, 20)]}]
    silu = make_case("full, silu", activation="silu", **size)
    entries += [{"case": case, "steps": [restarted_pair(case, 1, fixture)]} for case in (sigmoid, silu)]
    fixture.write({"cases": entries})


if __name__ == "__main__":
    which = sys.argv[1:] or ["narrow", "steps", "full"]
    for name in which:
        {"narrow": narrow, "steps": steps, "full": full}[name]()
