"""Records of a prediction file (``preds.json``): what every score checks before it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

Record = Mapping[str, Any]

_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (Integral,),
    "number": (Real,),
    "list": (list, tuple),
}


class RecordError(ValueError):
    """A record, annotation or attribute that can't be scored; the message says which one and what it lacks."""


def check_records(records: Sequence[Record], **fields: str) -> None:
    """Raises RecordError unless each record has each field, of the kind given: text, integer, number or list."""
    for index, record in enumerate(records):
        if not isinstance(record, Mapping):
            raise RecordError(f"record {index} is a {type(record).__name__}; a record is an object with named fields")
        for name, kind in fields.items():
            if name not in record:
                raise RecordError(f"record {index} has no field '{name}'")
            value = record[name]
            if not isinstance(value, _KINDS[kind]) or isinstance(value, bool):
                raise RecordError(f"record {index}: field '{name}' must be of kind {kind}, it is {value!r}")


def references_of(records: Sequence[Record]) -> list[list[str]]:
    """The reference texts of each record, at least one each; raises RecordError where they are none or no text."""
    references = [list(record["ref_captions"]) for record in records]
    for index, texts in enumerate(references):
        if not texts or not all(isinstance(text, str) for text in texts):
            raise RecordError(f"record {index}: 'ref_captions' must be one or more texts, they are {texts!r}")
    return references


def share(values: Iterable[float]) -> float:
    """Mean; 0 for an empty group."""
    values = list(values)
    return sum(map(float, values)) / len(values) if values else 0.0
