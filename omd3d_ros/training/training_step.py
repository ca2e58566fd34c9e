"""TrainingStep: exercises in, losses out; what the optimiser sees of a model.

The losses are those of the published training: cross-entropy of the answer tokens, and the segmentation loss of every
[SEG] that stands for a mask.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

from ..language.mask_decoder import MaskPredictions
from ..models.openmaskdino3d import OpenMaskDINO3DModel
from .batches import Exercise, Superpoints
from .mask_loss import mask_iou, segmentation_losses


class TrainingStep(nn.Module):
    """The model as a module whose forward gives losses, so that whatever distributes training can wrap it.

    before, after: token ids around the objects.  train_encoder: the scene encoder learns; its batch norms keep their
    statistics all the same, and so does every frozen part.
    """

    def __init__(
        self,
        model: OpenMaskDINO3DModel,
        before: torch.Tensor,
        after: torch.Tensor,
        loss_weights: tuple[float, ...],
        train_encoder: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("before", before, persistent=False)
        self.register_buffer("after", after, persistent=False)
        self.loss_weights = loss_weights
        self.train_encoder = train_encoder
        self._features: dict[str, torch.Tensor] = {}

    def train(self, mode: bool = True) -> TrainingStep:
        super().train(mode)
        for part in (self.model.encoder, self.model.segmentor, self.model.point_encoder, self.model.image_encoder):
            if part is not None:
                part.eval()
        return self

    def forward(self, exercises: Sequence[Exercise]) -> dict[str, torch.Tensor]:
        """Sums over the exercises: ``language`` over answer tokens, of which there are ``tokens``, ``correct`` of them
        predicted; ``segmentation`` over those with masks, of which there are ``masked``, with their ``iou``."""
        scenes = [e.scene for e in exercises]
        texts = [[torch.cat([e.question, e.answer])] for e in exercises]
        out = self.model(scenes, self.before, self.after, texts)
        sums = {"language": out.hidden.new_zeros((), dtype=torch.float32)}
        sums |= {name: torch.zeros_like(sums["language"]) for name in ("tokens", "correct")}
        sums |= {name: torch.zeros_like(sums["language"]) for name in ("segmentation", "masked", "iou")}
        for b, (exercise, layout) in enumerate(zip(exercises, out.layouts, strict=True)):
            last = len(layout.segment)
            first = last - len(exercise.answer)
            states = self.model.object_states(out.hidden[b], layout)
            logits = self.model.logits(out.hidden[b, first - 1 : last - 1], states, exercise.scene.slots).float()
            sums["language"] += F.cross_entropy(logits, exercise.answer, reduction="sum")
            sums["tokens"] += len(exercise.answer)
            sums["correct"] += (logits.argmax(-1) == exercise.answer).sum()
            if exercise.masks is not None:
                self._segment(out.hidden[b, first + exercise.seg], exercise, sums)
        if self.model.config.segments and not any(e.masks is not None for e in exercises):
            sums["segmentation"] = self._nothing(out.hidden[0, :1], exercises[0])
        return sums

    def _segment(self, states: torch.Tensor, exercise: Exercise, sums: dict[str, torch.Tensor]) -> None:
        """A sample counts once, whatever its number of [SEG]."""
        masks = exercise.masks
        assert masks is not None
        prediction = self._predict(states, exercise.superpoints)
        target = masks[:, None]
        with torch.autocast(states.device.type, enabled=False):
            sums["segmentation"] += segmentation_losses(prediction, target, self.loss_weights)["loss"]
        sums["masked"] += 1
        sums["iou"] += mask_iou(prediction.masks[-1].detach(), target).mean()

    def _nothing(self, states: torch.Tensor, exercise: Exercise) -> torch.Tensor:
        """Zero that depends on the mask decoder: every process has gradients for the same parameters."""
        prediction = self._predict(states, exercise.superpoints)
        return sum((t.sum() for t in (*prediction.masks, *prediction.scores)), states.new_zeros(())) * 0.0

    def _predict(self, states: torch.Tensor, superpoints: Superpoints) -> MaskPredictions:
        """In full precision, as when answering."""
        with torch.autocast(states.device.type, enabled=False):
            return self.model.segment(states.float(), self._superpoint_features(superpoints).float())

    def _superpoint_features(self, given: Superpoints) -> torch.Tensor:
        if given.features is not None:
            return given.features
        if given.scene_id in self._features:
            return self._features[given.scene_id].to(self.before.device)  # type: ignore[arg-type]
        with torch.set_grad_enabled(self.train_encoder and torch.is_grad_enabled()):
            features = self.model.encoder(given.coords, given.feats, given.superpoints, given.count)
        if given.scene_id is not None:
            self._features[given.scene_id] = features.cpu()
        return features
