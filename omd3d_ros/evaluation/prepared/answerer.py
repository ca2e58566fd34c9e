"""A question about a prepared scene to the model's answer: its text, and the superpoints under its [SEG]."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ...datasets.prepared import PreparedDataError, PreparedScene
from ...datasets.prepared.layout import Manifest
from ...language.answering import QueryError, answer_query
from ...language.generation import Generated, generate
from ...language.identifiers import identifiers, restore_identifiers, shuffle_identifiers
from ...language.prompt import SceneTokens, shown_objects
from ...models.presets import Preset
from ...perception.finding import voxel_inputs
from ...types import PointCloud, Scene
from .prepared_scene import scene_of, superpoints_of
from .question_text import as_asked
from .questions import Question

if TYPE_CHECKING:
    from ...models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor


@dataclass(frozen=True)
class ModelAnswer:
    """text: with identifiers of proposals, without [SEG]; mask: superpoints whose probability is at least a half, under
    any [SEG] of the answer, None of a model without masks."""

    text: str
    mask: list[int] | None


class Answerer:
    """Asks one model about prepared scenes; the same question has the same answer, whatever was asked before.

    shuffle_seed: identifiers are permuted by a drawing that depends on it and the question, as the original does;
    None: object k is ``<OBJkkk>``.  A model that answers with query programs is asked what the prompt asks, as a person
    would: it has not learned the prompts.
    """

    def __init__(
        self, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, shuffle_seed: int | None = None
    ) -> None:
        self.model, self.processor, self.shuffle_seed = model, processor, shuffle_seed
        self._known: tuple[str, torch.Tensor] | None = None
        self._scene: tuple[str, list[int], Scene] | None = None

    @torch.inference_mode()
    def answer(self, question: Question, scene: PreparedScene) -> ModelAnswer:
        """What the model says.  Nothing where the question is about an object beyond the model's identifiers."""
        assigned = self._assigned(question)
        if self.model.config.text_encoder is not None:
            return self._by_program(question, scene, assigned)
        try:
            prompt = shuffle_identifiers(question.sample.prompt, assigned)
        except ValueError:
            return ModelAnswer("", [] if self.model.config.segments else None)
        features = torch.cat([scene.point_features, scene.image_features], 1)
        shown = shown_objects(features, scene.proposal_boxes, assigned)
        tokens = SceneTokens(*(t.to(self.model.device) for t in (shown.features, shown.boxes, shown.slots)))
        generated = generate(tokens, self.processor.question(prompt), self.model, self.processor)
        return ModelAnswer(self._text(generated, assigned), self._mask(generated, scene))

    def _by_program(self, question: Question, prepared: PreparedScene, assigned: list[int]) -> ModelAnswer:
        shown = [k for k in assigned if k < len(prepared.proposal_boxes)]
        prompt = question.sample.prompt
        if max(identifiers(prompt), default=-1) >= self.model.config.max_objects:
            return ModelAnswer("", [])
        if self._scene is None or self._scene[:2] != (prepared.scene_id, shown):
            self._scene = prepared.scene_id, shown, scene_of(prepared, shown)
        scene = self._scene[2]
        try:
            answer = answer_query(scene, as_asked(prompt), self.model, self.processor)
        except QueryError:  # longer than anything that a person asks
            return ModelAnswer("", [])
        return ModelAnswer(answer.text, superpoints_of(scene, answer.instances))

    def _assigned(self, question: Question) -> list[int]:
        """Slot i shows object assigned[i]."""
        count = self.model.config.max_objects
        if self.shuffle_seed is None:
            return list(range(count))
        named = f"{self.shuffle_seed} {question.task} {question.index}".encode()
        seed = int.from_bytes(hashlib.sha256(named).digest()[:8], "little") >> 1
        return torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()

    def _text(self, generated: Generated, assigned: list[int]) -> str:
        published = self.model.config.evaluation_as_published
        decode = self.processor.decode_as_published if published else self.processor.decode
        return restore_identifiers(decode([i for i in generated.ids if i != self.processor.seg_id]), assigned)

    def _mask(self, generated: Generated, scene: PreparedScene) -> list[int] | None:
        if not self.model.config.segments:
            return None
        if not generated.seg:
            return []
        logits = self.model.segment(torch.stack(generated.seg), self._superpoint_features(scene)).masks[-1][:, 0]
        return torch.nonzero((logits.float().sigmoid() >= 0.5).any(0))[:, 0].tolist()

    def _superpoint_features(self, scene: PreparedScene) -> torch.Tensor:
        """(M, C): the stored ones, or those of the model's encoder, computed once for the questions about a scene."""
        if self._known is None or self._known[0] != scene.scene_id:
            self._known = scene.scene_id, self._encoded(scene).to(self.model.device)
        return self._known[1]

    def _encoded(self, scene: PreparedScene) -> torch.Tensor:
        if scene.superpoint_features is not None:
            return scene.superpoint_features
        coords, feats = voxel_inputs(PointCloud(scene.points.numpy(), scene.colors.numpy()))
        inputs = (x.to(self.model.device) for x in (coords, feats, scene.superpoints))
        return self.model.encoder(*inputs, scene.object_masks.shape[1])


def check_fit(preset: Preset, manifest: Manifest) -> OpenMaskDINO3DConfig:
    """The model's configuration; no weights are read.

    Raises WeightsError where there is none, PreparedDataError for data whose features this model can't read.
    """
    from ...models.loading import WeightsError
    from ...models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel
    from ...models.openmaskdino3d.parts import superpoint_channels

    if not (preset.weights / "config.json").is_file():
        raise WeightsError(
            f"preset {preset.name}: there are no weights in {preset.weights}; train with `omd3d train`, convert "
            "published ones with `omd3d convert`, or name a folder of weights"
        )
    try:
        config = OpenMaskDINO3DConfig.from_pretrained(preset.weights, local_files_only=True)
        with torch.device("meta"):
            model = OpenMaskDINO3DModel(config)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WeightsError(f"{preset.weights / 'config.json'} makes no model: {error}") from error
    given = manifest.point_channels, manifest.image_channels
    _same("point and image features of an object", given, model.object_tokens.channels)
    if not config.segments:
        return config
    if manifest.superpoint_channels is not None:
        _same("features of a superpoint", (manifest.superpoint_channels,), (superpoint_channels(model.encoder),))
    elif config.encoder["type"] != "sparse_unet":
        raise PreparedDataError(
            "the data has no superpoint features, and of prepared scenes only a sparse_unet encoder computes them, not "
            f"{config.encoder['type']}: prepare the data with this model"
        )
    return config


def model_digest(preset: Preset) -> str:
    """Of what decides the answers: the weights' files and how they are run."""
    digest = hashlib.sha256(repr(sorted(preset.runtime.items())).encode())
    for path in sorted(preset.weights.iterdir()):
        if path.suffix in (".json", ".safetensors", ".model") and path.name != "training.json":
            digest.update(path.name.encode())
            _add_file(digest, path)
    return digest.hexdigest()


def _add_file(digest: hashlib._Hash, path: Path) -> None:
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)


def _same(what: str, given: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if given != wanted:
        numbers = [" and ".join(map(str, sizes)) for sizes in (given, wanted)]
        raise PreparedDataError(
            f"{what}: the data has {numbers[0]}, the model reads {numbers[1]}: prepare the data for this model, or "
            "name the preset that it was prepared for"
        )
