"""Where a run stands: written as a checkpoint, and taken up again by whoever starts the same run."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict, set_state_dict

from .checkpoints import Checkpoint, CheckpointFolder
from .samples import Samples
from .settings import FineTuningSettings, TrainingError

if TYPE_CHECKING:
    from accelerate import Accelerator
    from torch import nn

_log = logging.getLogger(__name__)
# What does not change the losses of a run.
_FREE = {
    "micro_batch", "gradient_checkpointing", "checkpoint_minutes", "keep_checkpoints", "validation_steps",
    "validation_samples",
}  # fmt: skip


def facts_of(settings: FineTuningSettings, samples: Samples) -> dict[str, Any]:
    """What has to be the same for a run to be the same."""
    digest = hashlib.sha256()
    for sample in samples.samples:
        digest.update(repr((sample.scene_id, sample.task, sample.prompt, sample.answers)).encode())
    chosen = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(settings).items() if k not in _FREE}
    return {"settings": chosen, "samples": len(samples), "sha256": digest.hexdigest()}


class RunState:
    """Checkpoints of a run whose ``facts`` are these; for one process, DDP and FSDP alike."""

    def __init__(self, folder: CheckpointFolder, facts: dict[str, Any], accelerator: Accelerator) -> None:
        self.folder = folder
        self._facts = facts
        self._accelerator = accelerator
        self._options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)

    def save(self, step: int, module: nn.Module, optimizer: Any) -> None:
        """All processes have to call it.  A disk that is full is reported, and training goes on."""
        weights, state = get_state_dict(module, _bare(optimizer), options=self._options)
        if not self._accelerator.is_main_process:
            return
        trained = {n: t for n, t in weights.items() if isinstance(t, torch.Tensor)}
        try:
            self.folder.write(Checkpoint(step, trained, state, self._facts))
        except OSError as error:
            steps = self.folder.steps()
            kept = f"the checkpoint of step {steps[-1]} stays" if steps else "there is no earlier one"
            _log.warning("no checkpoint of step %d could be written (%s); %s, training goes on", step, error, kept)

    def restore(self, module: nn.Module, optimizer: Any) -> int:
        """Take up the newest checkpoint; the number of steps that are done, 0 without one.

        Raises TrainingError for a checkpoint of another run.
        """
        found = self.folder.newest()
        if found is None:
            return 0
        differing = _differences(found.run, self._facts)
        if differing:
            raise TrainingError(
                f"{self.folder.folder.parent} holds another run ({'; '.join(differing)}): choose another --out, or the "
                "same settings to go on with it"
            )
        weights: dict[str, Any] = dict(found.weights)
        options = StateDictOptions(full_state_dict=True, ignore_frozen_params=True, strict=False)
        set_state_dict(
            module, _bare(optimizer), model_state_dict=weights, optim_state_dict=found.optimizer, options=options
        )
        return found.step


def _bare(optimizer: Any) -> torch.optim.Optimizer:
    """Without accelerate's wrapper."""
    return getattr(optimizer, "optimizer", optimizer)


def _differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    old, new = theirs.get("settings", {}), ours["settings"]
    differing = [f"{k} was {old.get(k)}, is {new.get(k)}" for k in new if old.get(k) != new[k]]
    if not differing and any(theirs.get(k) != ours[k] for k in ("samples", "sha256")):
        differing.append(f"it had {theirs.get('samples')} samples, these are {ours['samples']} others")
    return differing
