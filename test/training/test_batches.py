"""Samples as exercises: identifiers, targets, augmentation, length."""

from __future__ import annotations

import pytest
import torch
from published_model import OBJECTS, a_base_model, a_reference
from small_runs import MadeScenes, a_sample, a_scene

from omd3d_ros.language.identifiers import identifiers
from omd3d_ros.training.batches import ExerciseMaker
from omd3d_ros.training.samples import samples_for
from omd3d_ros.training.scene_augmentation import boxes_of_masks, quarter_turn, turned_boxes
from omd3d_ros.training.schedule import generator_of, learning_rate_factor, samples_of_step
from omd3d_ros.training.settings import FineTuningSettings, TrainingError, settings_of
from omd3d_ros.training.targets import target_masks


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return a_reference(a_base_model(tmp_path_factory.mktemp("base") / "llm"))


def a_maker(reference, **settings) -> ExerciseMaker:
    return ExerciseMaker.of(*reference, FineTuningSettings(("scanrefer",), **settings))


def said(reference, ids: torch.Tensor) -> str:
    return reference[1].tokenizer.decode(ids)


def test_shuffled_identifiers_still_mean_the_same_object(reference):
    maker = a_maker(reference, feature_noise=0.0, box_noise=0.0, augment=False)
    scene = a_scene()
    seen = set()
    for i in range(20):
        exercise = maker.make(a_sample(prompt="what is <OBJ003> near <OBJ001>"), scene, generator_of(i))
        (named,) = identifiers(said(reference, exercise.answer))
        position = exercise.scene.slots.tolist().index(named)
        assert torch.equal(exercise.scene.boxes[position], scene.proposal_boxes[3])
        assert torch.equal(exercise.scene.features[position, :12], scene.point_features[3])
        assert identifiers(said(reference, exercise.question))[0] == named
        seen.add(named)
    assert seen == set(range(OBJECTS)), "every identifier of the model, though the scene has one object less"


def test_validation_changes_nothing(reference):
    scene = a_scene()
    exercise = a_maker(reference).make(a_sample(), scene)
    assert exercise.scene.slots.tolist() == [0, 1, 2, 3]
    assert torch.equal(exercise.scene.boxes, scene.proposal_boxes)
    assert said(reference, exercise.answer).replace(" ", "") == "[SEG]<OBJ003>.</s>"


def test_the_same_random_numbers_make_the_same_exercise(reference):
    maker = a_maker(reference)
    one, two, other = (maker.make(a_sample(), a_scene(), generator_of("sample", seed)) for seed in (5, 5, 6))
    assert torch.equal(one.scene.features, two.scene.features) and torch.equal(one.scene.boxes, two.scene.boxes)
    assert not torch.equal(one.scene.features, other.scene.features)


def test_targets_are_the_true_objects_or_the_proposals_matched_to_them():
    scene = a_scene()
    scene.proposal_masks[3, 0] = False  # the proposal misses a superpoint of object 10
    sample = a_sample()
    true = target_masks(sample, scene, "truth", "union")
    proposal = target_masks(sample, scene, "proposals", "union")
    assert torch.nonzero(true[0])[:, 0].tolist() == [0, 1, 2, 3]
    assert torch.nonzero(proposal[0])[:, 0].tolist() == [1, 2, 3]
    both = a_sample(object_ids=[10, 11], proposal_ids=[3, -1])
    assert int(target_masks(both, scene, "truth", "union").sum()) == 8
    assert target_masks(both, scene, "truth", "objects").sum(1).tolist() == [4, 4]
    assert int(target_masks(both, scene, "proposals", "union").sum()) == 3


def test_what_teaches_no_mask():
    scene = a_scene()
    assert target_masks(a_sample(masked=False), scene, "truth", "union") is None
    assert target_masks(a_sample(proposal_ids=[-1]), scene, "proposals", "union") is None
    assert not target_masks(a_sample(object_ids=[], proposal_ids=[]), scene, "truth", "union").any()
    with pytest.raises(TrainingError, match="object 99, which scene made0 does not have"):
        target_masks(a_sample(object_ids=[99]), scene, "truth", "union")


def test_what_is_too_long_is_cut_and_counted(reference):
    maker = a_maker(reference)
    whole = maker.make(a_sample(), a_scene())
    fixed = maker._prompt_length(4) + len(whole.question)
    short = a_maker(reference, max_length=fixed + 2)
    cut = short.make(a_sample(), a_scene())
    assert cut.answer.tolist() == whole.answer[:2].tolist() and cut.masks is not None
    without = a_maker(reference, max_length=fixed)
    assert without.make(a_sample(), a_scene()).masks is None, "no [SEG], no mask"
    assert (maker.counts.cut, short.counts.cut, without.counts.cut) == (0, 1, 1)


def test_boxes_turn_with_the_points():
    scene = a_scene()
    scene.proposal_boxes = boxes_of_masks(scene.points, scene.superpoints, scene.proposal_masks)
    for seed in range(8):
        turn = quarter_turn(generator_of(seed))
        moved = boxes_of_masks(scene.points @ turn.T, scene.superpoints, scene.proposal_masks)
        torch.testing.assert_close(turned_boxes(scene.proposal_boxes, turn), moved)


def test_points_are_augmented_where_the_encoder_learns(reference):
    maker = a_maker(reference, train_encoder=True)
    scene = a_scene()
    exercise = maker.make(a_sample(), scene, generator_of(1))
    assert exercise.superpoints.features is None and exercise.superpoints.scene_id is None
    plain = maker.make(a_sample(), scene)
    assert not torch.allclose(exercise.superpoints.feats[:, 3:5], plain.superpoints.feats[:, 3:5], atol=1e-2)
    heights = (e.superpoints.feats[:, 5] for e in (exercise, plain))
    torch.testing.assert_close(*heights)  # a turn about z


def test_data_of_another_model_is_refused(reference):
    model, _ = reference
    scene = a_scene()
    scene.point_features = torch.zeros(4, 7)
    with pytest.raises(TrainingError, match="7 point and 24 image features, the model reads 12 and 24"):
        samples_for(model, [a_sample()], MadeScenes(scene))
    scene = a_scene()
    scene.superpoint_features = torch.zeros(20, 5)
    with pytest.raises(TrainingError, match="5 features, the model's encoder gives 8"):
        samples_for(model, [a_sample()], MadeScenes(scene))
    with pytest.raises(TrainingError, match="the split is empty"):
        samples_for(model, [], MadeScenes())


def test_samples_about_objects_beyond_the_model_are_left_out(reference):
    model, _ = reference
    samples = [a_sample(), a_sample(answers=["<OBJ004>."])]
    chosen = samples_for(model, samples, MadeScenes(a_scene()))
    assert (len(chosen), chosen.left_out) == (1, 1), "the scene has four proposals"
    with pytest.raises(TrainingError, match="none of 1 samples"):
        samples_for(model, samples[1:], MadeScenes(a_scene()))
    with pytest.raises(TrainingError, match="has no answer"):
        samples_for(model, [a_sample(answers=[])], MadeScenes(a_scene()))


def test_every_sample_comes_once_in_an_epoch():
    steps = [samples_of_step(s, 4, 10, seed=3) for s in range(5)]
    flat = [pair for step in steps for pair in step]
    assert [epoch for epoch, _ in flat] == [0] * 10 + [1] * 10
    assert sorted(i for _, i in flat[:10]) == list(range(10)) == sorted(i for _, i in flat[10:])
    assert [i for _, i in flat[:10]] != [i for _, i in flat[10:]]
    assert samples_of_step(2, 4, 10, seed=3) == steps[2] != samples_of_step(2, 4, 10, seed=4)


def test_the_learning_rate_rises_and_falls():
    rates = [learning_rate_factor(step, 110, 10) for step in (0, 5, 10, 60, 110)]
    assert rates == pytest.approx([0.01, 0.505, 1.0, 0.505, 0.01])


def test_settings_are_checked():
    assert FineTuningSettings(("a",), batch_size=8).rate == pytest.approx(4e-5)
    assert settings_of({"loss_weights": [1, 2, 3]}, ("a",)).loss_weights == (1, 2, 3)
    assert settings_of({"learning_rate": "1e-3"}, ("a",)).rate == 1e-3, "as YAML reads it"
    wrong = {"epoch": "has no epoch", "targets": "truth, proposals", "clip": "above 0", "steps": "of type int"}
    for (name, what), value in zip(wrong.items(), (3, "masks", 0, "many"), strict=True):
        choices = {name: value}
        with pytest.raises(TrainingError, match=what):
            settings_of(choices, ("a",))
    with pytest.raises(TrainingError, match="--tags"):
        FineTuningSettings(())
