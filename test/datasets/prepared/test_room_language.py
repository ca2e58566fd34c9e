"""A room's requests become samples; the scene is that of ``small_scene``, objects 7 (chair) and 3 (table)."""

from prepared_scenes import small_scene

from omd3d_ros.datasets.prepared.collector import SampleCollector
from omd3d_ros.datasets.prepared.room_language import TASKS, collect_room


def a_query(query, type, target_ids, answer, *program):
    return {"query": query, "type": type, "target_ids": target_ids, "answer": answer, "program": list(program)}


QUERIES = [
    a_query("find the red chair", "attribute", [7], "the red chair", "find", "color:red", "noun", 13, 18),
    a_query("all the furniture", "wider", [3, 7], "a chair and a table", "all", "noun", 8, 17),
    a_query("is there a lamp?", "existence", [], "no", "exists", "noun", 11, 15),
    a_query("show me the piano", "zero", [], "no piano here", "find", "noun", 12, 17),
    a_query("tell me where the chair is", "location", [7], "at the table", "where", "noun", 18, 23),
]
OTHERS = [
    a_query("more chairs than tables?", "comparison", [3, 7], "no", "more", "noun", 5, 11, "noun", 17, 23),
    a_query("what is near the chair?", "what_near", [3], "the table", "what", "near", "thing", "noun", 17, 22),
    a_query(
        "i stand at the table, what is to my left?", "situated", [7], "the chair",
        "what", "stand", "noun", 15, 20, "my_left", "thing",
    ),
    a_query("from the table, the chair on my left", "situated", [7], "the chair",
        "find", "stand", "noun", 9, 14, "my_left", "noun", 20, 25),
    a_query("what colour is it?", "follow_up", [7], "red", "color", "last"),
    a_query("the table next to it", "follow_up", [3], "the table", "find", "near", "noun", 4, 9, "last"),
    a_query("describe the room", "describe", [3, 7], "a chair and a table", "describe"),
    a_query("who are you?", "unanswerable", [], "that cannot be told from the map", "unknown"),
]  # fmt: skip


def collected(split, tags=TASKS, queries=QUERIES):
    collector = SampleCollector(small_scene())
    held_out = {"phrasing": QUERIES[:1], "words": QUERIES[1:2]}
    collect_room(collector, {"train": queries, **held_out}, split, tags)
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


def test_programs_tell_what_a_question_is_a_sample_of():
    samples = collected("train", queries=OTHERS)
    assert [(s.prompt.split("?")[0], s.answers) for s in samples["scanqa", "train"]] == [
        ("more chairs than tables", ["No."]), ("what is near the chair", ["The table."]),
        ("i stand at the table, what is to my left", ["The chair."]),
    ]  # fmt: skip
    assert [s.prompt for s in samples["scanrefer", "train"]] == ["from the table, the chair on my left"]
    assert len(samples["multi3dref", "train"]) == 1
