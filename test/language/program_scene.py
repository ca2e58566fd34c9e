"""A scene of three objects for models that write programs, and programs written for them by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from omd3d_ros.language import program_answering
from omd3d_ros.language.mask_decoder import MaskPredictions
from omd3d_ros.language.program import parse
from omd3d_ros.language.program_writing import write_program
from omd3d_ros.types import Instance, PointCloud, Scene, object_id

CHAIR, LAMP, TABLE = 0, 1, 3  # columns of the tiny model's categories


def a_scene(model: Any, categories: tuple[int, ...] = (CHAIR, CHAIR, TABLE), scores: tuple[float, ...] = ()) -> Scene:
    """Cubes of half a metre, one superpoint of 60 points each, 2 m apart along x and surely of these categories."""
    count = len(categories)
    rng = np.random.default_rng(0)
    superpoints = np.repeat(np.arange(count), 60).astype(np.int32)
    xyz = rng.uniform(0, 0.5, (60 * count, 3)) + superpoints[:, None] * np.array([2.0, 0, 0])
    cloud = PointCloud(xyz, np.full((len(xyz), 3), 128))
    scores = scores or (1.0,) * count
    instances = [
        Instance.from_mask(object_id(k), model.config.categories[c], score, superpoints == k, cloud.xyz)
        for k, (c, score) in enumerate(zip(categories, scores, strict=True))
    ]
    features = rng.normal(size=(count, model.object_tokens.channels[0])).astype(np.float32)
    features[:, model.category_columns] = np.eye(len(model.config.categories))[list(categories)]
    return Scene(
        cloud=cloud,
        superpoints=superpoints,
        superpoint_features=rng.normal(size=(count, 32)).astype(np.float32),
        instances=instances,
        object_masks=np.eye(count, dtype=np.float32),
        object_features=features,
        object_boxes=np.array([[*i.center, *i.size] for i in instances], np.float32).reshape(-1, 6),
        T_aligned_world=np.eye(4),
    )


def writes(monkeypatch: Any, *program: Any) -> None:
    """The model writes this program, whatever it is asked, and is sure of it.

    Words in it that are no operations stand for the span of the question where they are: ``"noun", "red chair"``.
    """

    def written(prefix, question, model, processor, check=None):
        said = write_program(prefix, question, model, processor, check)
        tokens: list[Any] = []
        for token in program:
            if tokens and tokens[-1] == "noun":
                start = question.text.index(token)
                tokens += [start, start + len(token)]
            else:
                tokens.append(token)
        said.program, said.probability = parse(tokens), 1.0
        return said

    monkeypatch.setattr(program_answering, "write_program", written)


def knows(model: Any, monkeypatch: Any, **meanings: tuple[int, ...]) -> None:
    """What words mean: the columns of categories, all others mean nothing."""

    def membership(phrases):
        out = np.zeros((len(phrases), len(model.config.categories)), np.float32)
        for row, phrase in zip(out, phrases, strict=True):
            row[list(meanings.get(phrase, ()))] = 1.0
        return out

    monkeypatch.setattr(model.name_matcher, "membership", membership)


def no_masks(model: Any, monkeypatch: Any) -> None:
    """The mask decoder has no opinion, so that proposals stay as they are."""

    def undecided(states, features):
        return MaskPredictions([torch.zeros(len(states), 1, len(features))], [])

    monkeypatch.setattr(model, "segment", undecided)
