"""ScanRefer accuracy on a scene of unit cubes."""

import pytest

from omd3d_ros.evaluation.records import RecordError
from omd3d_ros.evaluation.scanrefer import read_label_map, scanrefer_scores, unique_multiple_lookup

# Object 0 at x = 0, object 1 at x = 5.  Proposal 0 is far away, 1 equals object 0, 2 covers half of object 1 (IoU 1/3).
TRUE = {"s": {"locs": [[0, 0, 0, 1, 1, 1], [5, 0, 0, 1, 1, 1]]}}
PROPOSED = {"s": {"locs": [[9, 9, 9, 1, 1, 1], [0, 0, 0, 1, 1, 1], [5.5, 0, 0, 1, 1, 1]]}}
LOOKUP = {"s": {"0": 0, "1": 1}}


def record(gt_id: int, pred: str, **more: object) -> dict:
    return {"scene_id": "s", "gt_id": gt_id, "pred": pred, **more}


def test_the_first_valid_identifier_is_the_answer() -> None:
    records = [record(0, "It is <OBJ077>, no, <OBJ001> or <OBJ000>."), record(1, "<OBJ002>."), record(1, "<OBJ2>")]
    assert scanrefer_scores(records, PROPOSED, TRUE, LOOKUP) == {
        "[scanrefer] Acc@0.25": pytest.approx(2 / 3),
        "[scanrefer] Acc@0.50": pytest.approx(1 / 3),
        "[scanrefer] Unique Acc@0.25": 1.0,
        "[scanrefer] Unique Acc@0.50": 1.0,
        "[scanrefer] Multiple Acc@0.25": 0.5,
        "[scanrefer] Multiple Acc@0.50": 0.0,
    }


def test_a_split_without_records_and_no_records_at_all_score_zero() -> None:
    scores = scanrefer_scores([record(0, "<OBJ001>", spiou=1.0)], PROPOSED, TRUE, LOOKUP, task="val")
    assert scores["[val] Multiple Acc@0.25"] == 0.0
    assert scores["[val] Unique Acc@0.25"] == scores["[val] Seg mIoU"] == 1.0
    assert set(scanrefer_scores([], PROPOSED, TRUE, LOOKUP).values()) == {0.0}


def test_a_scene_without_proposals_is_a_miss() -> None:
    scores = scanrefer_scores([record(0, "<OBJ000>")], {"s": {"locs": []}}, TRUE, LOOKUP)
    assert scores["[scanrefer] Acc@0.25"] == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scene_id": "t"}, "scene 't' is not among"),
        ({"gt_id": 2}, "s has no object 2 among its 2 ground-truth objects"),
        ({"pred": None}, "record 0: field 'pred' must be of kind text"),
    ],
)
def test_bad_records(change: dict, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        scanrefer_scores([record(0, "<OBJ000>") | change], PROPOSED, TRUE, LOOKUP)


def test_an_object_that_is_not_annotated_has_no_split() -> None:
    with pytest.raises(RecordError, match="s has no object 1 in the annotations"):
        scanrefer_scores([record(1, "<OBJ000>")], PROPOSED, TRUE, {"s": {"0": 0}})


def annotation(object_id: str, name: str) -> dict:
    return {"scene_id": "s", "object_id": object_id, "object_name": name}


def test_unique_is_the_only_annotated_object_of_its_class() -> None:
    label_map = {"armchair": "chair", "chair": "chair", "coffee table": "table", "lamp": "lamp", "mug": "otherprop"}
    annotations = [
        annotation("0", "chair"),
        annotation("3", "armchair"),  # a second chair
        annotation("4", "coffee_table"),  # the only table, described twice
        annotation("4", "coffee_table"),
        annotation("5", "lamp"),  # no class of its own: others
        annotation("6", "thing that no label map knows"),  # others too
    ]
    assert unique_multiple_lookup(annotations, label_map) == {"s": {"0": 1, "3": 1, "4": 0, "5": 1, "6": 1}}


def test_label_map_columns() -> None:
    header = "id\traw_category\tcategory\tcount\tnyu40id\teigen13id\tnyuClass\tnyu40class\teigen13class\n"
    line = "2\tarmchair\tchair\t10\t5\t4\tchair\tchair\tChair\n"
    assert read_label_map(header + line + "\n") == {"armchair": "chair"}
    with pytest.raises(RecordError, match="line 2: 3 columns"):
        read_label_map(header + "2\tarmchair\tchair\n")
