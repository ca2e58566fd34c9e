"""One training stage: AdamW with warm-up and cosine decay, atomic checkpoints, resume, a CSV log."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from ..files import write_atomically

Step = Callable[[torch.Generator], tuple[torch.Tensor, dict[str, float]]]


def run_stage(
    name: str,
    module: nn.Module,
    parameters: list[nn.Parameter],
    step: Step,
    steps: int,
    folder: Path,
    learning_rate: float = 1e-3,
    seed: int = 0,
    every_minutes: float = 3.0,
    quiet: bool = False,
) -> float:
    """Run ``step`` (which returns the loss to minimise and what to log) ``steps`` times.

    A checkpoint in ``folder`` is written every few minutes; when one is there the stage goes on from it with
    the same random numbers, so that an interrupted run ends where an unbroken one would (on one thread, to the bit).
    Returns the seconds that the stage has taken, over all runs.
    """
    optimizer = torch.optim.AdamW(_groups(module, parameters), lr=learning_rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: _rate(s, steps))
    generator = torch.Generator().manual_seed(seed)
    checkpoint = folder / f"{name}.pt"
    first, spent = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        module.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        generator.set_state(state["generator"])
        first, spent = state["step"], state["seconds"]
    module.train()
    started = saved = time.monotonic()
    mean: dict[str, float] = {}
    bar = tqdm(range(first, steps), initial=first, total=steps, desc=name, disable=quiet)
    for i in bar:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1_000_003 * seed + i)  # what dropout draws from: after a resume as without one
            loss, parts = step(generator)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        for key, value in {"loss": float(loss.detach()), **parts}.items():
            mean[key] = 0.98 * mean.get(key, value) + 0.02 * value
        if i % 20 == 0 or i == steps - 1:
            bar.set_postfix({k: f"{v:.3f}" for k, v in mean.items()})
            _log(folder / f"{name}.csv", i, mean)
        if time.monotonic() - saved > 60 * every_minutes or i == steps - 1:
            state = {
                "module": module.state_dict(), "optimizer": optimizer.state_dict(), "step": i + 1,
                "schedule": schedule.state_dict(), "generator": generator.get_state(),
                "seconds": spent + time.monotonic() - started,
            }  # fmt: skip
            write_atomically(checkpoint, partial(torch.save, state))
            saved = time.monotonic()
    module.eval()
    return spent + (time.monotonic() - started if first < steps else 0.0)


def _rate(step: int, steps: int) -> float:
    warm = max(1, min(200, steps // 20))
    if step < warm:
        return (step + 1) / warm
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _groups(module: nn.Module, parameters: list[nn.Parameter]) -> list[dict]:
    embeddings = {id(m.weight) for m in module.modules() if isinstance(m, nn.Embedding)}
    decayed = [p for p in parameters if p.ndim > 1 and id(p) not in embeddings]
    plain = [p for p in parameters if p.ndim <= 1 or id(p) in embeddings]
    return [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]


def _log(path: Path, step: int, values: dict[str, float]) -> None:
    new = not path.exists()
    with open(path, "a", newline="") as f:
        writer = csv.writer(f)
        if new:
            writer.writerow(["step", *values])
        writer.writerow([step, *(f"{v:.5f}" for v in values.values())])
