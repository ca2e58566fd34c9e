"""Training on prepared data: the loop over steps, on one process or many, resumed where it was interrupted.

Everything random follows from the seed and the number of the step, so a run that was killed goes on from its last
checkpoint to the same losses, and the same global batch gives the same step on any number of processes, but for
dropout, which each draws for itself.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from tqdm import tqdm

from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from .batches import Exercise, ExerciseMaker
from .checkpoints import CheckpointFolder
from .estimate import estimate_memory, require_memory, time_left
from .run_state import RunState, facts_of
from .samples import Samples
from .schedule import generator_of, learning_rate_factor, samples_of_step, seed_of
from .settings import FineTuningSettings, TrainingError
from .trainable import choose_trainable, parameter_groups, whole_tables
from .training_log import TrainingLog
from .training_step import TrainingStep

if TYPE_CHECKING:
    from accelerate import Accelerator

_log = logging.getLogger(__name__)
_SUMS = ("language", "tokens", "correct", "segmentation", "masked", "iou")
_TIMED = 2  # steps before the first, to say how long all will take


class FineTuning:
    """One run: ``model`` learns ``samples``; logs and checkpoints go to ``out``.

    The model is changed in place.  Raises TrainingError before the first step for what can't work, and for a loss
    that is not a number.
    """

    def __init__(
        self,
        model: OpenMaskDINO3DModel,
        processor: OpenMaskDINO3DProcessor,
        samples: Samples,
        settings: FineTuningSettings,
        out: Path,
        accelerator: Accelerator,
        validation: Samples | None = None,
        quiet: bool = False,
    ) -> None:
        self.settings, self.samples, self.validation = settings, samples, validation
        self.accelerator, self.out, self.quiet = accelerator, out, quiet
        self.total = settings.total_steps(len(samples))
        self.warmup = settings.warmup_steps(len(samples))
        self.share = self._share_of_process()
        self.micro = min(settings.micro_batch or self.share, self.share)
        choose_trainable(model, processor, settings)
        if settings.gradient_checkpointing:
            model.language_model.activation_checkpointing_enable({"use_reentrant": False})
        self.model = model
        self.maker = ExerciseMaker.of(model, processor, settings)
        self._require_memory()
        module = TrainingStep(model, processor.before, processor.after, settings.loss_weights, settings.train_encoder)
        groups = parameter_groups(module, settings.weight_decay)
        optimizer = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.999))
        self.module, self.optimizer = accelerator.prepare(module, optimizer)
        self.state = RunState(
            CheckpointFolder(out / "checkpoints", settings.keep_checkpoints), facts_of(settings, samples), accelerator
        )

    def run(self) -> None:
        """Train to the last step, from the newest checkpoint in ``out`` if there is one."""
        first = self.state.restore(self.module, self.optimizer)
        if first < self.total:
            self.say(time_left(self._seconds_a_step(), self.total - first))
        log = TrainingLog(self.out, first) if self.accelerator.is_main_process else None
        saved, begun = time.monotonic(), time.monotonic()
        self.module.train()
        bar = tqdm(total=self.total, initial=first, desc="training", disable=not self._speaks)
        for step, exercises in self._prepared(first):
            due = time.monotonic() - saved >= 60 * self.settings.checkpoint_minutes or step + 1 == self.total
            values, due = self._step(step, exercises, due)
            values["samples_per_second"] = self.settings.batch_size * (step + 1 - first) / (time.monotonic() - begun)
            if log is not None:
                log.add("training", values)
            bar.update()
            bar.set_postfix({k: f"{values[k]:.3f}" for k in ("language", "segmentation", "mask_iou")})
            if self._validates(step):
                scores = self._validate()
                if log is not None:
                    log.add("validation", {"step": step, **scores})
            if due:
                self.state.save(step + 1, self.module, self.optimizer)
                saved = time.monotonic()
        bar.close()
        if log is not None:
            log.close()
        self._report_counts()

    def result(self) -> dict[str, torch.Tensor] | None:
        """The trained model's state, as its ``save_pretrained`` takes it; on the main process, None on others.

        All processes have to call it.
        """
        state = self.accelerator.get_state_dict(self.module)
        if not self.accelerator.is_main_process:
            return None
        own = {n.removeprefix("model."): t.cpu() for n, t in state.items() if n.startswith("model.")}
        return whole_tables(own, self.model)

    def _step(self, step: int, exercises: Sequence[Exercise], due: bool) -> tuple[dict[str, float], bool]:
        """One update; what to log, and whether the main process finds a checkpoint due."""
        settings, processes = self.settings, self.accelerator.num_processes
        mine = sum(len(e.answer) for e in exercises)
        counted = torch.tensor([float(mine), float(due and self.accelerator.is_main_process)], dtype=torch.float64)
        tokens, flag = self._total(counted).tolist()
        rate = settings.rate * learning_rate_factor(step, self.total, self.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        sums = torch.zeros(len(_SUMS), dtype=torch.float64)
        for part in self._backward(step, exercises, max(tokens, 1.0), processes):
            sums += part
        values = self._means(self._total(sums), step)
        self._require_finite(values["loss"], "loss", step)
        norm = float(self.accelerator.clip_grad_norm_(self.module.parameters(), settings.clip))
        self._require_finite(norm, "gradient", step)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        values |= {"learning_rate": rate, "gradient_norm": norm}
        return values, flag > 0

    def _backward(
        self, step: int, exercises: Sequence[Exercise], tokens: float, processes: int
    ) -> Iterator[torch.Tensor]:
        """Gradients of the global batch's loss, part by part; yields each part's sums.

        Gradients are averaged over processes, so each counts its own sums as many times as there are processes.
        """
        for j in range(0, len(exercises), self.micro):
            part = [e.to(self.accelerator.device) for e in exercises[j : j + self.micro]]
            # The dropout of a step is the same after resuming.
            torch.manual_seed(seed_of("dropout", self.settings.seed, step, self.accelerator.process_index, j))
            last = j + self.micro >= len(exercises)
            with nullcontext() if last else self.accelerator.no_sync(self.module):
                sums = self.module(part)
                loss = sums["language"] / tokens + self.settings.segmentation_weight * sums["segmentation"]
                self.accelerator.backward(loss * processes)
            yield _stacked(sums)

    def _means(self, sums: torch.Tensor, step: int) -> dict[str, float]:
        total = dict(zip(_SUMS, sums.tolist(), strict=True))
        language = total["language"] / max(total["tokens"], 1)
        return {
            "step": step,
            "epoch": (step + 1) * self.settings.batch_size / len(self.samples),
            "loss": language + self.settings.segmentation_weight * total["segmentation"],
            "language": language,
            "segmentation": total["segmentation"],
            "token_accuracy": total["correct"] / max(total["tokens"], 1),
            "mask_iou": total["iou"] / max(total["masked"], 1),
        }

    def _validates(self, step: int) -> bool:
        return self.validation is not None and (step + 1) % self.settings.validation_steps == 0

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        """Means over the first samples of the validation split, nothing shuffled or augmented."""
        assert self.validation is not None
        processes = self.accelerator.num_processes
        count = min(self.settings.validation_samples, len(self.validation))
        count = max(processes, count - count % processes)  # every process computes as many
        mine = [i % len(self.validation) for i in range(self.accelerator.process_index, count, processes)]
        self.module.eval()
        sums = torch.zeros(len(_SUMS), dtype=torch.float64)
        for j in range(0, len(mine), self.micro):
            part = [
                self.maker.make(self.validation.samples[i], self.validation.scene_of(i)).to(self.accelerator.device)
                for i in mine[j : j + self.micro]
            ]
            sums += _stacked(self.module(part))
        self.module.train()
        values = self._means(self._total(sums), 0)
        values["segmentation"] /= count
        values["loss"] = values["language"] + self.settings.segmentation_weight * values["segmentation"]
        return {k: values[k] for k in ("loss", "language", "segmentation", "token_accuracy", "mask_iou")}

    def _prepared(self, first: int) -> Iterator[tuple[int, list[Exercise]]]:
        """The steps from ``first`` with this process' exercises, those of the next made while one is computed."""
        with ThreadPoolExecutor(1) as pool:
            pending: Future[list[Exercise]] | None = None
            for step in range(first, self.total):
                exercises = (pending or pool.submit(self._exercises, step)).result()
                pending = pool.submit(self._exercises, step + 1) if step + 1 < self.total else None
                if self._validates(step) and pending is not None:
                    pending.result()  # the tokenizer and the scenes are not for two threads
                yield step, exercises

    def _exercises(self, step: int) -> list[Exercise]:
        """This process' share of the global batch of a step."""
        settings, rank = self.settings, self.accelerator.process_index
        batch = samples_of_step(step, settings.batch_size, len(self.samples), settings.seed)
        made = []
        for epoch, i in batch[rank * self.share : (rank + 1) * self.share]:
            generator = generator_of("sample", settings.seed, epoch, i)
            made.append(self.maker.make(self.samples.samples[i], self.samples.scene_of(i), generator))
        return made

    def _share_of_process(self) -> int:
        batch, processes = self.settings.batch_size, self.accelerator.num_processes
        if batch % processes:
            raise TrainingError(
                f"batch_size {batch} is of all {processes} processes together and must be a multiple of {processes}"
            )
        return batch // processes

    def _require_memory(self) -> None:
        fixed = len(self.maker.processor.before) + len(self.maker.processor.after)
        tokens = fixed + self.model.config.max_objects * self.model.tokens_per_object
        half = self.accelerator.mixed_precision != "no"
        sharded = str(self.accelerator.distributed_type).endswith("FSDP")
        processes = self.accelerator.num_processes
        estimate = estimate_memory(
            self.model, self.settings, self.micro, tokens + 64, half, processes if sharded else 1
        )
        self.say(str(estimate))
        sharing = processes if self.accelerator.device.type == "cpu" else 1
        require_memory(estimate, self.accelerator.device, sharing)

    def _seconds_a_step(self) -> float:
        """Of forward and backward, timed on the first samples; leaves no trace in the run."""
        self.module.train()
        exercises = self._exercises(0)
        seconds = []
        for _ in range(_TIMED):
            begun = time.monotonic()
            with self.accelerator.no_sync(self.module):
                part = [e.to(self.accelerator.device) for e in exercises[: self.micro]]
                sums = self.module(part)
                self.accelerator.backward((sums["language"] + sums["segmentation"]) * 0.0)
            seconds.append(time.monotonic() - begun)
        self.optimizer.zero_grad(set_to_none=True)
        self.maker.counts.cut = self.maker.counts.without_mask = 0
        return min(seconds) * math.ceil(self.share / self.micro)

    def _require_finite(self, value: float, what: str, step: int) -> None:
        if math.isfinite(value):
            return
        batch = samples_of_step(step, self.settings.batch_size, len(self.samples), self.settings.seed)
        named = [f"{self.samples.samples[i].task} of {self.samples.samples[i].scene_id}" for _, i in batch]
        steps = self.state.folder.steps()
        kept = f"the checkpoint of step {steps[-1]} is kept" if steps else "there is no checkpoint yet"
        raise TrainingError(
            f"the {what} of step {step} is {value} (samples: {', '.join(dict.fromkeys(named))}); {kept}: use a smaller "
            "learning rate or smaller --clip, or look at these samples"
        )

    def _total(self, values: torch.Tensor) -> torch.Tensor:
        """The sum over all processes."""
        if self.accelerator.num_processes == 1:
            return values
        moved = values.to(self.accelerator.device, torch.float32)
        return self.accelerator.reduce(moved, "sum").double().cpu()

    def _report_counts(self) -> None:
        counts = self.maker.counts
        if counts.cut:
            _log.warning("%d samples were cut at %d tokens", counts.cut, self.settings.max_length)
        if counts.without_mask:
            _log.warning("%d samples had no superpoint of their objects and taught no mask", counts.without_mask)

    @property
    def _speaks(self) -> bool:
        return self.accelerator.is_main_process and not self.quiet

    def say(self, text: str) -> None:
        """For people, from the main process alone."""
        if self._speaks:
            tqdm.write(text)


def _stacked(sums: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.stack([sums[name].detach().cpu().double() for name in _SUMS])
