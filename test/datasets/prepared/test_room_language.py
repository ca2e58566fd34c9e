"""A room's requests become samples; the scene is that of ``small_scene``, objects 7 (chair) and 3 (table)."""

from prepared_scenes import small_scene

from omd3d_ros.datasets.prepared.collector import SampleCollector
from omd3d_ros.datasets.prepared.room_language import TASKS, collect_room

QUERIES = [
    {"query": "find the red chair", "type": "attribute", "target_ids": [7], "answer": "the red chair"},
    {"query": "all the furniture", "type": "wider", "target_ids": [3, 7], "answer": "a chair and a table"},
    {"query": "is there a lamp?", "type": "existence", "target_ids": [], "answer": "no"},
    {"query": "show me the piano", "type": "zero", "target_ids": [], "answer": "there is no piano"},
    {"query": "tell me where the chair is", "type": "location", "target_ids": [7], "answer": "at the table"},
]


def collected(split, tags=TASKS):
    collector = SampleCollector(small_scene())
    held_out = {"phrasing": QUERIES[:1], "words": QUERIES[1:2]}
    collect_room(collector, {"train": QUERIES, **held_out}, split, tags)
    return collector.samples


def test_each_kind_of_request_goes_to_its_tasks():
    samples = collected("train")
    (grounding,) = samples["scanrefer", "train"]
    assert (grounding.prompt, grounding.answers) == ("find the red chair", ["<OBJ001>."])
    several = samples["multi3dref", "train"]
    assert [s.answers[0] for s in several] == ["Yes. <OBJ001>.", "Yes. <OBJ000> and <OBJ001>.", "No."]
    assert all('"' in s.prompt for s in several)
    questions = samples["scanqa", "train"]
    assert [(s.answers[0], s.masked) for s in questions] == [("No.", False), ("At the table.", True)]
    assert questions[1].prompt.startswith("tell me where the chair is? Answer")


def test_captions_are_put_together_of_name_and_place():
    (caption,) = collected("train")["scan2cap", "train"]
    assert "<OBJ001>" in caption.prompt
    assert caption.answers == ["The red chair at the table."]


def test_validation_rooms_have_held_out_wordings_and_words_apart():
    assert [key for key in collected("val") if key[0] == "multi3dref"] == [
        ("multi3dref", "val"), ("multi3dref", "val_phrasing"), ("multi3dref", "val_words"),
    ]  # fmt: skip


def test_only_the_tags_asked_for():
    assert set(collected("train", ("scanqa",))) == {("scanqa", "train")}
