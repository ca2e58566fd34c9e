"""The requests of a synthetic room as samples of the published tasks.

scanrefer   requests that want one object, worded as they are
multi3dref  requests that want any number of objects, quoted in a prompt that allows for none
scanqa      questions that words answer (how many, which colour, where, are there more, ...), with the published suffix
scan2cap    what the answers to a room's questions say together of one object: its name, colour and place
obj_align   what each object is called

Which task a question belongs to, the root of its program says.  Questions that follow another, descriptions of a whole
room and what no map can tell are no sample of any of these tasks.
"""

from __future__ import annotations

from typing import Any

from . import wording
from .collector import SampleCollector

TASKS = ("scanrefer", "multi3dref", "scanqa", "scan2cap", "obj_align")
_REQUESTS = ("find", "all")
_QUESTIONS = ("count", "exists", "color", "material", "where", "what", "more")
# Queries of a room -> what is added to the split's name: wordings and words that training never sees lie apart.
_HELD_OUT = {"phrasing": "_phrasing", "words": "_words"}


def collect_room(
    collector: SampleCollector, queries: dict[str, list[dict[str, Any]]], split: str, tags: tuple[str, ...]
) -> None:
    """queries: as ``RoomSample`` has them.  Validation rooms also give the splits val_phrasing and val_words."""
    _requests(collector, queries["train"], split, tags)
    if split != "train":
        for kind, ending in _HELD_OUT.items():
            _requests(collector, queries[kind], split + ending, tags)
    if "scan2cap" in tags:
        for object_id, caption in sorted(_captions(queries["train"]).items()):
            collector.caption("scan2cap", split, object_id, [caption], {})
    if "obj_align" in tags:
        collector.align(split)


def _requests(collector: SampleCollector, queries: list[dict[str, Any]], split: str, tags: tuple[str, ...]) -> None:
    for query in queries:
        text, ids, extra = query["query"], query["target_ids"], {"type": query["type"]}
        root = _root(query)
        if root in _QUESTIONS and "scanqa" in tags:
            collector.question("scanqa", split, _sentence(text), [query["answer"]], ids, extra, masked=True)
        if root not in _REQUESTS:
            continue
        if "scanrefer" in tags and len(ids) == 1:
            collector.grounding("scanrefer", split, text, ids[0], extra)
        if "multi3dref" in tags:
            prompt = wording.worded(wording.SEVERAL, wording.bare_description(text), text)
            collector.several("multi3dref", split, prompt, ids, {**extra, "object_ids": ids})


def _root(query: dict[str, Any]) -> str | None:
    """What kind of answer is asked for; None for a question that means nothing on its own."""
    return None if "last" in query["program"] else str(query["program"][0])


def _sentence(text: str) -> str:
    """With an end, as another sentence follows."""
    return text if text.rstrip().endswith((".", "?", "!")) else text.rstrip() + "?"


def _captions(queries: list[dict[str, Any]]) -> dict[int, str]:
    """Object -> ``The red chair at the table.``: its name from a request for it alone, its place if that was asked."""
    names: dict[int, str] = {}
    places: dict[int, str] = {}
    for query in queries:
        root = _root(query)
        if len(query["target_ids"]) == 1 and root in (*_REQUESTS, "where"):
            known = places if root == "where" else names
            known[query["target_ids"][0]] = query["answer"]
    return {g: wording.short_answer(f"{name} {places.get(g, '')}".strip()) for g, name in names.items()}
