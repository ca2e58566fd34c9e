"""Samples as the model reads them: shuffled identifiers, token ids, superpoints, target masks."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from ..datasets.prepared import PreparedSample, PreparedScene
from ..language.identifiers import shuffle_identifiers
from ..language.prompt import SEG_TOKEN, SceneTokens, shown_objects
from ..perception.finding import voxel_inputs
from ..types import PointCloud
from .scene_augmentation import any_turn, augmented_boxes, noisy_boxes, noisy_features, quarter_turn
from .settings import FineTuningSettings
from .targets import count_of_queries, target_masks

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

_COLOR_NOISE = 0.1  # of the whole cloud's colour, -1..1, as published


@dataclass
class Superpoints:
    """features (M, C) where they are known, else what the sparse U-Net computes them from: coords (N, 4) in voxels,
    feats (N, 6), superpoints (N,); count: M; scene_id: whose they are, None where they were augmented."""

    count: int
    features: torch.Tensor | None = None
    coords: torch.Tensor | None = None
    feats: torch.Tensor | None = None
    superpoints: torch.Tensor | None = None
    scene_id: str | None = None


@dataclass
class Exercise:
    """A sample for the model: question and answer token ids, the answer as far as it fits; seg: where in the answer
    each [SEG] stands; masks (Q, M) float that they stand for, None without; objects are those of ``scene``."""

    scene: SceneTokens
    question: torch.Tensor
    answer: torch.Tensor
    seg: torch.Tensor
    superpoints: Superpoints
    masks: torch.Tensor | None

    def to(self, device: torch.device) -> Exercise:
        """Everything that the model computes with on ``device``."""
        moved = {f: getattr(self.superpoints, f) for f in ("features", "coords", "feats", "superpoints")}
        moved = {f: None if t is None else t.to(device) for f, t in moved.items()}
        scene = SceneTokens(*(t.to(device) for t in (self.scene.features, self.scene.boxes, self.scene.slots)))
        return Exercise(
            scene, self.question.to(device), self.answer.to(device), self.seg.to(device),
            Superpoints(self.superpoints.count, scene_id=self.superpoints.scene_id, **moved),
            None if self.masks is None else self.masks.to(device),
        )  # fmt: skip


@dataclass
class Counts:
    """What did not fit, or teaches less than it says: how many samples."""

    cut: int = 0
    without_mask: int = 0


@dataclass
class ExerciseMaker:
    """Samples to exercises, with what the model needs to know of them."""

    processor: OpenMaskDINO3DProcessor
    settings: FineTuningSettings
    tokens_per_object: int
    counts: Counts = field(default_factory=Counts)

    @classmethod
    def of(
        cls, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, settings: FineTuningSettings
    ) -> ExerciseMaker:
        config = deepcopy(processor.config)
        config.evaluation_as_published = False  # its additional space is not in training's questions
        return cls(type(processor)(processor.tokenizer, config), settings, model.tokens_per_object)

    def make(self, sample: PreparedSample, scene: PreparedScene, generator: torch.Generator | None = None) -> Exercise:
        """generator: for the choice of an answer, the identifiers and the augmentation; None: object k in slot k, the
        first answer and nothing changed, as in validation."""
        objects = min(len(scene.proposal_boxes), self.processor.config.max_objects)
        assigned = self._assigned(objects, generator)
        masks = target_masks(sample, scene, self.settings.targets, self.settings.queries)
        masks = masks if self.processor.config.segments else None
        self.counts.without_mask += masks is None and sample.masked
        question = self.processor.question(shuffle_identifiers(sample.prompt, assigned))
        answer = self.processor.answer(self._answer(sample, assigned, generator))
        tokens, superpoints = self._scene(scene, assigned, generator)
        room = self.settings.max_length - self._prompt_length(len(tokens.slots))
        if room < len(question) + len(answer):
            self.counts.cut += 1
            question = question[: max(room, 0)]
            answer = answer[: max(room - len(question), 0)]
        seg = torch.nonzero(answer == self.processor.seg_id)[:, 0]
        if masks is not None:
            seg = seg[: len(masks)]
            masks = masks[: len(seg)] if len(seg) else None
        return Exercise(tokens, question, answer, seg, superpoints, masks)

    def _assigned(self, objects: int, generator: torch.Generator | None) -> list[int]:
        """Slot i shows object assigned[i]; every identifier has its turn, also in scenes of few objects."""
        if generator is None:
            return list(range(objects))
        return torch.randperm(self.processor.config.max_objects, generator=generator).tolist()

    def _answer(self, sample: PreparedSample, assigned: list[int], generator: torch.Generator | None) -> str:
        chosen = 0 if generator is None else int(torch.randint(len(sample.answers), (), generator=generator))
        text = shuffle_identifiers(sample.answers[chosen], assigned)
        segs = count_of_queries(sample, self.settings.queries) if self.processor.config.segments else 0
        return SEG_TOKEN * segs + text

    def _scene(
        self, scene: PreparedScene, assigned: list[int], generator: torch.Generator | None
    ) -> tuple[SceneTokens, Superpoints]:
        point, image, boxes = scene.point_features, scene.image_features, scene.proposal_boxes
        turn = None
        if generator is not None:
            if self.settings.augment:
                turn = (any_turn if self.settings.train_encoder else quarter_turn)(generator)
                boxes = augmented_boxes(scene, turn, exact=self.settings.train_encoder)
            point = noisy_features(point, self.settings.feature_noise, generator)
            image = noisy_features(image, self.settings.feature_noise, generator)
            boxes = noisy_boxes(boxes, self.settings.box_noise, generator)
        shown = shown_objects(torch.cat([point, image], 1), boxes, assigned)
        return shown, self._superpoints(scene, turn, generator)

    def _superpoints(
        self, scene: PreparedScene, turn: torch.Tensor | None, generator: torch.Generator | None
    ) -> Superpoints:
        count = scene.object_masks.shape[1]
        if scene.superpoint_features is not None and not self.settings.train_encoder:
            return Superpoints(count, features=scene.superpoint_features)
        augmented = self.settings.train_encoder and turn is not None
        xyz = scene.points @ turn.T if augmented and turn is not None else scene.points
        coords, feats = voxel_inputs(PointCloud(xyz.numpy(), scene.colors.numpy()))
        if augmented:
            feats[:, :3] += _COLOR_NOISE * torch.randn(3, generator=generator)
        known = None if self.settings.train_encoder else scene.scene_id
        return Superpoints(count, None, coords, feats, scene.superpoints, known)

    def _prompt_length(self, objects: int) -> int:
        return len(self.processor.before) + objects * self.tokens_per_object + len(self.processor.after)
