"""Records as they also come: fields missing and added, splits empty, texts that are no JSON, ids written either way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omd3d_ros.datasets.scannet import AnnotationError
from omd3d_ros.datasets.scene_language import (
    open_annotations,
    read_caption_corpus,
    read_multi3drefer,
    read_scanqa,
    read_scanrefer,
    read_sqa3d,
)
from omd3d_ros.datasets.scene_language.records import MAX_REASONS

DESCRIBED = {"scene_id": "scene0001_00", "object_id": "3", "object_name": "office_chair", "ann_id": "0",
             "description": "the chair by the desk", "token": ["the", "chair"]}  # fmt: skip
ASKED = {"scene_id": "scene0001_00", "question_id": "val-1", "question": "What is it?", "answers": ["a chair"],
         "object_ids": [3], "object_names": ["chair"]}  # fmt: skip
SEVERAL = {"scene_id": "scene0001_00", "object_ids": [3, 4], "object_name": "chair", "ann_id": 0,
           "description": "both chairs", "eval_type": "mt"}  # fmt: skip


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def without(record: dict, field: str) -> dict:
    return {name: value for name, value in record.items() if name != field}


@pytest.mark.parametrize("field", ["scene_id", "ann_id", "description"])
def test_a_missing_field_is_named_with_its_record(tmp_path, field):
    found = read_scanrefer(write(tmp_path / "a.json", [DESCRIBED, without(DESCRIBED, field)]))
    assert len(found) == 1
    assert [(s.index, s.reason) for s in found.skipped] == [(1, f"record 1 has no field '{field}'")]


def test_additional_fields_are_ignored_and_counted(tmp_path):
    records = [DESCRIBED | {"ann_id": str(i), "mood": "calm"} for i in range(3)]
    found = read_scanrefer(write(tmp_path / "a.json", records))
    assert len(found) == 3 and dict(found.ignored_fields) == {"mood": 3}


def test_ids_may_be_numbers_or_texts(tmp_path):
    sample = read_scanrefer(write(tmp_path / "a.json", [DESCRIBED | {"object_id": 3, "ann_id": 0}]))[0]
    assert (sample.object_id, sample.key) == (3, "scene0001_00|3|0")


@pytest.mark.parametrize("bad", [None, 7, "text", [], DESCRIBED | {"object_id": "three"}, DESCRIBED | {"token": "the"}])
def test_bad_records_do_not_stop_the_others(tmp_path, bad):
    found = read_scanrefer(write(tmp_path / "a.json", [bad, DESCRIBED]))
    assert len(found) == 1 and found.num_skipped == 1 and found.skipped[0].reason.startswith("record 0 ")


def test_a_key_seen_before_is_skipped(tmp_path):
    found = read_scanrefer(write(tmp_path / "a.json", [DESCRIBED, DESCRIBED | {"description": "another"}]))
    assert [s.text for s in found] == ["the chair by the desk"]
    assert "has the key scene0001_00|3|0" in found.skipped[0].reason


def test_reasons_are_bounded(tmp_path):
    found = read_scanrefer(write(tmp_path / "a.json", [DESCRIBED, *[{}] * (MAX_REASONS + 50)]))
    assert (len(found.skipped), found.num_skipped) == (MAX_REASONS, MAX_REASONS + 50)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty: it must hold JSON"),
        ("[{'scene_id': 1}]", "is not JSON"),
        ("[[" * 100_000, "is not JSON"),
        ("version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
        ("[]", "an empty split"),
        ("3", "holds a number"),
        ([{"a": 1}], "of no known format: its records have a"),
        ({"a": 1}, "of no known format: its keys are a"),
        ([{"scene_id": "s", "answer_top10": []}], "predictions for ScanQA"),
    ],
)
def test_files_that_are_no_annotations(tmp_path, content, reason):
    with pytest.raises(AnnotationError, match=reason):
        open_annotations(write(tmp_path / "a.json", content))


def test_files_that_are_not_there_or_no_text(tmp_path):
    with pytest.raises(AnnotationError, match="is not there"):
        open_annotations(tmp_path / "a.json")
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(AnnotationError, match="can't be read as text"):
        open_annotations(tmp_path / "a.json")


def test_a_byte_order_mark_is_no_harm(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps([DESCRIBED]).encode())
    assert len(open_annotations(tmp_path / "a.json")) == 1


def test_an_empty_split_may_be_allowed(tmp_path):
    path = write(tmp_path / "a.json", [])
    assert len(open_annotations(path, "scanrefer", allow_empty=True)) == 0
    with pytest.raises(AnnotationError, match="an empty split"):
        open_annotations(path, "scanrefer")


def test_a_file_without_one_good_record_is_refused(tmp_path):
    with pytest.raises(AnnotationError, match=r"none of 2 records can be read as scanqa; record 0 has no field"):
        read_scanqa(write(tmp_path / "a.json", [{}, {}]))


def test_a_format_that_the_file_is_not_of(tmp_path):
    with pytest.raises(AnnotationError, match="is of the format scanqa, not multi3drefer"):
        open_annotations(write(tmp_path / "a.json", [ASKED]), "multi3drefer")


def test_scenes_and_samples_that_are_not_there(tmp_path):
    found = read_scanqa(write(tmp_path / "a.json", [ASKED]))
    assert found.scene_ids == ["scene0001_00"] and found.of_scene("scene0001_00") == found.samples
    with pytest.raises(AnnotationError, match="no sample is about scene scene0099_00"):
        found.of_scene("scene0099_00")
    with pytest.raises(AnnotationError, match="has no sample 'val-9'"):
        found.by_key("val-9")


def test_look_ups_know_samples_that_were_added(tmp_path):
    found = read_scanqa(write(tmp_path / "a.json", [ASKED]))
    found.by_key("val-1")
    found.add(read_scanqa(write(tmp_path / "b.json", [ASKED | {"question_id": "val-2", "scene_id": "scene0002_00"}])))
    assert found.by_key("val-2") is found[1] and found.scene_ids == ["scene0001_00", "scene0002_00"]


def test_lines_of_jsonl_may_hold_other_line_breaks(tmp_path):
    record = {"item_id": "a", "scan_id": "scene0001_00", "target_id": 1, "instance_type": "x", "utterance": "a\u2028b"}
    path = tmp_path / "nr3d.jsonl"
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n\n", encoding="utf-8")
    assert open_annotations(path)[0].text == "a\u2028b"


def test_scanqa_with_the_field_of_the_description_and_without_answers(tmp_path):
    records = [without(ASKED, "object_ids") | {"object_id": [5], "answers": None}]
    sample = read_scanqa(write(tmp_path / "a.json", records))[0]
    assert (sample.object_ids, sample.answers) == ((5,), ())


def test_scanqa_with_a_situation(tmp_path):
    records = [ASKED | {"situation": "I sit.", "position": [1, 2, 0, 0, 0, 0, 1]}]
    sample = open_annotations(write(tmp_path / "a.json", records))[0]
    assert (sample.situation, sample.position, sample.quaternion) == ("I sit.", (1, 2, 0), (0, 0, 0, 1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"eval_type": "st_wo_d"}, "eval_type st_wo_d and 2 targets"),
        ({"eval_type": "many"}, "must be one of zt_w_d"),
        ({"object_ids": [], "eval_type": "mt"}, "eval_type mt and 0 targets"),
        ({"object_ids": [-1, 2]}, "must be a whole number from 0"),
    ],
)
def test_multi3drefer_types_have_to_fit(tmp_path, change, reason):
    found = read_multi3drefer(write(tmp_path / "a.json", [SEVERAL, SEVERAL | {"ann_id": 1} | change]))
    assert len(found) == 1 and reason in found.skipped[0].reason


def test_the_one_target(tmp_path):
    sample = read_multi3drefer(write(tmp_path / "a.json", [SEVERAL]))[0]
    with pytest.raises(AnnotationError, match="has 2 targets, not one"):
        _ = sample.object_id


def test_corpus_keys_and_captions(tmp_path):
    path = write(tmp_path / "a.json", {"scene0001_00|3|office_chair": ["sos a chair eos"], "scene0001_00|4": [],
                                       "scene0001_00|x": ["a"], "scene0001_00": ["b"]})  # fmt: skip
    found = read_caption_corpus(path)
    assert (found[0].key, found[0].object_names) == ("scene0001_00|3", ("office chair",))
    assert found.num_skipped == 3


def sqa3d_files(tmp_path: Path, questions: list, annotations: list) -> Path:
    write(tmp_path / "v1_balanced_sqa_annotations_val_scannetv2.json", {"annotations": annotations})
    return write(tmp_path / "v1_balanced_questions_val_scannetv2.json", {"questions": questions})


def question(number: int | str, scene: str = "scene0001_00") -> dict:
    return {"scene_id": scene, "situation": "I stand.", "question": "What is it?", "question_id": number}


def annotation(number: int | str, scene: str = "scene0001_00", w: float = 1) -> dict:
    """In the order of keys that neither the release nor its description has."""
    return {"position": {"z": 0, "y": 2.5, "x": 1.5}, "rotation": {"_w": w, "_z": 0, "_y": 0, "_x": 0},
            "answers": [{"answer_id": 1, "answer": "chair"}], "question_id": number, "scene_id": scene}  # fmt: skip


def test_sqa3d_is_joined_by_id_and_read_by_name(tmp_path):
    path = sqa3d_files(tmp_path, [question(1), question("2")], [annotation(2), annotation(1)])
    found = read_sqa3d(path)
    assert [s.key for s in found] == ["1", "2"] and found.num_skipped == 0
    assert (found[0].position, found[0].quaternion) == ((1.5, 2.5, 0), (0, 0, 0, 1))


def test_sqa3d_halves_without_the_other(tmp_path):
    path = sqa3d_files(
        tmp_path,
        [question(1), question(2), question(3), question(4)],
        [annotation(1), annotation(3, "scene0002_00"), annotation(4, w=0), annotation(9)],
    )
    found = read_sqa3d(path)
    assert [s.key for s in found] == ["1"]
    reasons = " / ".join(s.reason for s in found.skipped)
    for part in ("question 2 has no annotation", "about another scene", "must not be all zeros", "annotation 3 of"):
        assert part in reasons
    (tmp_path / "v1_balanced_sqa_annotations_val_scannetv2.json").unlink()
    with pytest.raises(AnnotationError, match="are two files, and .* is not there"):
        open_annotations(path)


def test_folders_with_several_sets_or_none(tmp_path):
    with pytest.raises(AnnotationError, match="no file of a known name for the split val"):
        open_annotations(tmp_path, split="val")
    write(tmp_path / "ScanQA_v1.0_val.json", [ASKED])
    write(tmp_path / "multi3drefer_val.json", [SEVERAL])
    with pytest.raises(AnnotationError, match="several sets: scanqa, multi3drefer"):
        open_annotations(tmp_path, split="val")
    assert len(open_annotations(tmp_path, "scanqa", split="val")) == 1
