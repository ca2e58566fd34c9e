"""The object classifier reads what is there and nothing else."""

from __future__ import annotations

import pytest
import torch

from omd3d_ros.perception.object_classifier import ATTRIBUTE_CHANNELS, ObjectClassifier
from omd3d_ros.perception.object_points import AROUND, CHANNELS, OWN, ObjectPoints

CLASSES = 7


@pytest.fixture(scope="module")
def classifier() -> ObjectClassifier:
    torch.manual_seed(0)
    return ObjectClassifier(CLASSES, width=32, layers=2).eval()


def some_objects(own: int = OWN, around: int = AROUND, count: int = 3) -> ObjectPoints:
    generator = torch.Generator().manual_seed(1)
    points = torch.randn(count, OWN + AROUND, CHANNELS, generator=generator)
    points[..., :3] *= 0.2
    points[..., 10] = (torch.arange(OWN + AROUND) < OWN).float()
    real = torch.zeros(count, OWN + AROUND, dtype=torch.bool)
    real[:, :own] = True
    real[:, OWN : OWN + around] = True
    corners = torch.rand(count, 3, generator=generator)
    boxes = torch.cat([corners, corners + 0.5], 1)
    return ObjectPoints(points * real[..., None], real, torch.full((count,), float(own)), boxes)


@torch.inference_mode()
@pytest.mark.parametrize("own", [OWN, 40, 9, 1])
@pytest.mark.parametrize("around", [AROUND, 3, 0])
def test_points_that_are_not_there_change_nothing(classifier, own: int, around: int) -> None:
    objects = some_objects(own, around)
    said = classifier(objects)
    assert said.shape == (3, CLASSES + ATTRIBUTE_CHANNELS) and said.isfinite().all()
    objects.points[~objects.real] = 5.0
    torch.testing.assert_close(classifier(objects), said, atol=1e-5, rtol=1e-5)


@torch.inference_mode()
def test_where_the_offsets_begin_is_no_matter(classifier) -> None:
    objects = some_objects()
    said = classifier(objects)
    objects.points[..., :3] += torch.tensor([3.0, -2.0, 1.0])
    torch.testing.assert_close(classifier(objects), said, atol=1e-3, rtol=1e-3)


@torch.inference_mode()
def test_without_context_each_object_is_judged_on_its_own(classifier) -> None:
    objects = some_objects()
    alone = ObjectPoints(objects.points[1:2], objects.real[1:2], objects.counts[1:2], objects.boxes[1:2])
    torch.testing.assert_close(classifier(alone)[0], classifier(objects)[1], atol=1e-5, rtol=1e-5)
    assert classifier(some_objects(count=0)).shape == (0, CLASSES + ATTRIBUTE_CHANNELS)


@pytest.mark.parametrize("context", [0, 1])
def test_of_no_objects_it_says_nothing_in_training_either(context: int) -> None:
    classifier = ObjectClassifier(CLASSES, width=32, layers=1, context=context).train()
    assert classifier(some_objects(count=0)).shape == (0, CLASSES + ATTRIBUTE_CHANNELS)


@torch.inference_mode()
def test_with_context_the_others_count_once_that_is_learned() -> None:
    torch.manual_seed(0)
    classifier = ObjectClassifier(CLASSES, width=32, layers=1, context=1).eval()
    objects = some_objects()
    said = classifier(objects)
    torch.testing.assert_close(said, classifier.head(classifier.norm(classifier.states(objects))))
    torch.nn.init.normal_(classifier.context.leave[-1].weight)
    torch.testing.assert_close(classifier.judged(classifier.states(objects), objects.boxes), classifier(objects))
    assert (classifier(objects) - said).abs().amin() > 0
    assert classifier(some_objects(count=0)).shape == (0, CLASSES + ATTRIBUTE_CHANNELS)


@torch.inference_mode()
def test_an_object_without_points_is_nothing_in_particular(classifier) -> None:
    assert classifier(some_objects(own=0)).isfinite().all()


@torch.inference_mode()
def test_attributes_are_probabilities_of_each_kind(classifier) -> None:
    attributes = classifier.attributes(classifier(some_objects()))
    assert attributes.shape == (3, ATTRIBUTE_CHANNELS) and (attributes >= 0).all()
    for part in attributes.split(classifier.sizes[1:], -1):
        torch.testing.assert_close(part.sum(-1), torch.ones(3))


@torch.inference_mode()
def test_names_are_the_product_of_both_opinions(classifier) -> None:
    said, segmentor = classifier(some_objects()), torch.randn(3, CLASSES)
    first, second = classifier.powers.tolist()
    expected = segmentor.softmax(-1) ** first * said[:, :CLASSES].softmax(-1) ** second
    named = classifier.named(segmentor, said).softmax(-1)
    torch.testing.assert_close(named, expected / expected.sum(-1, keepdim=True))


def test_it_learns_to_tell_large_from_small_and_red_from_blue() -> None:
    torch.manual_seed(0)
    classifier = ObjectClassifier(2, width=16, layers=1)
    optimizer = torch.optim.Adam(classifier.parameters(), 3e-3)
    objects = some_objects(count=32)
    large, red = torch.arange(32) % 2, torch.arange(32) // 2 % 2
    objects.points[..., :3] *= torch.where(large == 1, 3.0, 0.5)[:, None, None]
    objects.points[..., 6:9] = torch.where(red == 1, 1.0, -1.0)[:, None, None] * torch.tensor([1.0, -1.0, -1.0])
    for _ in range(40):
        said = classifier(objects)
        loss = torch.nn.functional.cross_entropy(said[:, :2], large)
        loss = loss + torch.nn.functional.cross_entropy(said[:, 2:4], red)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    said = classifier.eval()(objects)
    assert (said[:, :2].argmax(1) == large).all() and (said[:, 2:4].argmax(1) == red).all()
