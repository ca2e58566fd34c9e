"""What the object classifier learns from: true objects as they might be found, and names weighed against each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_rooms import write_tiny_rooms

from omd3d_ros.datasets.room_samples import load_rooms
from omd3d_ros.datasets.rooms import make_room
from omd3d_ros.datasets.rooms.lexicon import NAMES
from omd3d_ros.perception.object_classifier import ObjectClassifier
from omd3d_ros.perception.object_points import AROUND, CHANNELS, OWN, ObjectPoints
from omd3d_ros.training.nano.name_powers import best_powers
from omd3d_ros.training.nano.object_views import fragments, mistaken, repainted, seen_otherwise
from omd3d_ros.training.nano.objects import classifier_loss, objects_seen, together, true_objects

CATEGORIES = sorted(NAMES)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rooms")
    write_tiny_rooms(folder, [0])
    for room in folder.glob("room-*.json"):
        room.write_text(room.read_text().replace('"table"', '"dining table"'))
    return load_rooms(folder, [0], workers=1, quiet=True)[0]


def test_the_truth_is_that_of_the_room(sample) -> None:
    truth = true_objects(sample, CATEGORIES)
    assert set(truth.ids) <= set(sample.objects) and truth.classes.shape == (4, len(truth.ids))
    things = {o.id: o for o in make_room(sample.seed).objects}
    for g, name in zip(truth.ids, truth.classes[0], strict=True):
        assert CATEGORIES[int(name)] == sample.objects[g] and g in things


def test_objects_as_they_are_have_their_own_points_only(sample) -> None:
    truth = true_objects(sample, CATEGORIES)
    objects = objects_seen(sample, truth, None)
    counts = [float(sample.inputs.counts[sample.owner == int(g)].sum()) for g in truth.ids]
    assert objects.counts.tolist() == counts


def test_mistakes_keep_most_of_an_object_and_differ_each_time() -> None:
    rng = np.random.default_rng(0)
    members = np.kron(np.eye(6, dtype=bool), np.ones((1, 5), bool))
    boxes = np.c_[np.arange(30) * 0.1, np.zeros((30, 2)), np.full((30, 3), 0.1)]
    counts = np.full(30, 50.0)
    changed = [mistaken(members, counts, boxes, rng) for _ in range(40)]
    shared = np.array([[(c & m).sum() / m.sum() for c, m in zip(some, members, strict=True)] for some in changed])
    assert (shared > 0.5).all() and (shared < 1).any() and (shared == 1).any()
    extra = np.array([(some & ~members).any(1) for some in changed])
    assert 0 < extra.mean() < 0.7
    assert (mistaken(members, counts, boxes, rng, share=0.0) == members).all()


def test_other_views_keep_the_kinds_of_points_and_change_the_rest(sample) -> None:
    objects = objects_seen(sample, true_objects(sample, CATEGORIES), np.random.default_rng(0))
    before = objects.points.clone()
    room = torch.zeros(len(objects), dtype=torch.long)
    seen = seen_otherwise(objects, room, torch.Generator().manual_seed(0))
    assert torch.equal(objects.points, before)  # the given ones stay
    assert not (seen.real & ~objects.real).any() and seen.real[:, :OWN].any(1).all()
    assert (seen.points[~seen.real] == 0).all() and seen.points.isfinite().all()
    assert (seen.points[..., 6:9].abs() <= 1).all()
    assert not torch.allclose(seen.points[seen.real], before[seen.real], atol=0.01)
    again = seen_otherwise(objects, room, torch.Generator().manual_seed(0))
    assert torch.equal(seen.points, again.points)


def test_a_repainted_object_keeps_its_shape_and_its_brightness(sample) -> None:
    objects = objects_seen(sample, true_objects(sample, CATEGORIES), np.random.default_rng(0))
    more = ObjectPoints(*(torch.cat([getattr(objects, f)] * 9) for f in ObjectPoints.__dataclass_fields__))
    seen, chosen = repainted(more, torch.Generator().manual_seed(0))
    assert 0.03 < chosen.float().mean() < 0.25
    assert torch.equal(seen.points[~chosen], more.points[~chosen])
    assert torch.equal(seen.points[..., :6], more.points[..., :6])
    assert torch.equal(seen.points[:, OWN:], more.points[:, OWN:])
    colors, before = seen.points[..., 6:9], more.points[..., 6:9]
    assert torch.equal(colors.sort(-1).values, before.sort(-1).values) and not torch.equal(colors, before)


def test_parts_of_objects_follow_them_and_have_no_class(sample) -> None:
    truth = true_objects(sample, CATEGORIES)
    room = objects_seen(sample, truth, np.random.default_rng(0))
    assert len(room) >= len(truth.ids)
    more = ObjectPoints(*(torch.cat([getattr(room, f)] * 2) for f in ObjectPoints.__dataclass_fields__))
    rooms = [room, more, room]
    objects, classes, room = together(rooms, [truth.classes] * 3)
    assert len(objects) == classes.shape[1] == len(room) and room.bincount().tolist() == [len(r) for r in rooms]
    assert torch.equal(classes[:, : len(truth.ids)], truth.classes)
    for i, some in enumerate(rooms):
        assert (classes[:, room == i][:, len(truth.ids) :] == -1).all() and len(some) == (room == i).sum()
    apart = torch.cdist(objects.boxes[:, :2], objects.boxes[:, :2])
    assert (apart[room[:, None] != room[None]] > 50).all()


def test_parts_are_smaller_than_what_they_are_of() -> None:
    members = np.kron(np.eye(6, dtype=bool), np.ones((1, 5), bool))
    boxes = np.c_[np.arange(30) * 10.0, np.zeros((30, 2)), np.full((30, 3), 0.1)]  # too far apart to gain a neighbour's
    parts = fragments(np.repeat(members, 50, 0), np.full(30, 50.0), boxes, np.random.default_rng(0))
    assert 0 < len(parts) < 100 and parts.any(1).all() and (parts.sum(1) <= 5).all() and parts.sum(1).mean() < 4
    assert len(fragments(members[:0], np.full(30, 50.0), boxes, np.random.default_rng(0))) == 0


def test_the_light_of_a_room_is_that_of_all_its_objects() -> None:
    real = torch.ones(40, OWN + AROUND, dtype=torch.bool)
    grey = ObjectPoints(torch.zeros(*real.shape, CHANNELS), real, torch.full((40,), 300.0), torch.zeros(40, 6))

    def spread(room: torch.Tensor) -> float:
        """Of how bright the objects of one room, or of rooms of their own, are."""
        seen = [seen_otherwise(grey, room, torch.Generator().manual_seed(i)) for i in range(4)]
        return float(torch.stack([s.points[..., 6:9].mean((1, 2)).std() for s in seen]).mean())

    assert 0.005 < spread(torch.zeros(40, dtype=torch.long)) < 0.7 * spread(torch.arange(40))


def test_unknown_attributes_teach_nothing(sample) -> None:
    truth = true_objects(sample, CATEGORIES)
    torch.manual_seed(0)
    classifier = ObjectClassifier(len(CATEGORIES), width=16, layers=1)
    objects = objects_seen(sample, truth, None)
    loss, logs = classifier_loss(classifier, objects, torch.full_like(truth.classes, -1))
    assert float(loss.detach()) == 0 and logs == {}
    loss, logs = classifier_loss(classifier, objects, truth.classes)
    assert float(loss.detach()) > 1 and "names" in logs


def test_the_opinion_that_is_right_more_often_counts_for_more() -> None:
    generator = torch.Generator().manual_seed(0)
    true = torch.randint(5, (600,), generator=generator)
    right = 3.0 * torch.nn.functional.one_hot(true, 5) + torch.randn(600, 5, generator=generator)
    noise = 3.0 * torch.randn(600, 5, generator=generator)
    powers = best_powers(noise, right, true)
    assert powers[1] > 5 * powers[0]
    assert best_powers(right, noise, true)[0] > 0.5
