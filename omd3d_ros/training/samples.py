"""Which samples a model can be trained on, checked before the first step rather than at the thousandth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..datasets.prepared import PreparedSample, PreparedScene
from ..language.identifiers import identifiers
from ..models.openmaskdino3d.parts import superpoint_channels
from .settings import TrainingError

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel


class SceneSource(Protocol):
    """Where prepared scenes come from, such as a PreparedDataset."""

    def scene(self, scene_id: str) -> PreparedScene: ...


@dataclass
class Samples:
    """samples about scenes of ``source``; left_out: how many name an object that the model can't be shown."""

    samples: list[PreparedSample]
    source: SceneSource
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.samples)

    def scene_of(self, index: int) -> PreparedScene:
        return self.source.scene(self.samples[index].scene_id)


def samples_for(
    model: OpenMaskDINO3DModel, samples: Sequence[PreparedSample], source: SceneSource, train_encoder: bool = False
) -> Samples:
    """The samples whose identifiers all belong to proposals that the model can be shown, in scenes that have any.

    Raises TrainingError for scenes of other feature sizes than the model's, a sample without an answer, and where no
    sample is left.
    """
    if not samples:
        raise TrainingError("there are no samples to train on: the split is empty")
    objects = {}
    for id in dict.fromkeys(sample.scene_id for sample in samples):
        scene = source.scene(id)
        _check_features(model, scene, train_encoder)
        objects[id] = min(len(scene.proposal_boxes), model.config.max_objects)
    kept = []
    for sample in samples:
        if not sample.answers:
            raise TrainingError(f"a {sample.task} sample of scene {sample.scene_id} has no answer to learn")
        named = [n for text in (sample.prompt, *sample.answers) for n in identifiers(text)]
        if objects[sample.scene_id] and max(named, default=-1) < objects[sample.scene_id]:
            kept.append(sample)
    if not kept:
        raise TrainingError(
            f"none of {len(samples)} samples can be used: each names an object beyond the proposals of its scene or "
            f"the {model.config.max_objects} identifiers of the model"
        )
    return Samples(kept, source, len(samples) - len(kept))


def _check_features(model: OpenMaskDINO3DModel, scene: PreparedScene, train_encoder: bool) -> None:
    given = scene.point_features.shape[1], scene.image_features.shape[1]
    if given != model.object_tokens.channels:
        raise TrainingError(
            f"the objects of scene {scene.scene_id} have {given[0]} point and {given[1]} image features, the model "
            f"reads {' and '.join(map(str, model.object_tokens.channels))}: prepare the data for this model"
        )
    if model.encoder is None or not model.config.segments:
        return
    if scene.superpoint_features is not None and not train_encoder:
        width = superpoint_channels(model.encoder)
        if scene.superpoint_features.shape[1] != width:
            raise TrainingError(
                f"the superpoints of scene {scene.scene_id} have {scene.superpoint_features.shape[1]} features, the "
                f"model's encoder gives {width}: prepare the data with this model, or without superpoint features"
            )
    elif model.config.encoder["type"] != "sparse_unet":
        raise TrainingError(
            f"scene {scene.scene_id} has no superpoint features, and only a sparse_unet encoder computes them in "
            f"training, not {model.config.encoder['type']}: prepare the data with this model"
        )
