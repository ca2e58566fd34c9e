"""What all scene-language data sets are read into, and how their records are checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from omd3d_ros.datasets.scannet.reading import AnnotationError, kind_of

MAX_REASONS = 100


@dataclass(frozen=True, kw_only=True)
class LanguageSample:
    """A text about a scene, with what it means or what the answer to it is.

    task: ``scanrefer``, ``scanqa``, ...  key: tells the sample from all others of its file, joined with ``|``.
    text: the description, the utterance, the question or the prompt.  answers: right ones; captions for captioning.
    object_ids, object_names: ScanNet's objectIds (from 0) of the targets, or of what a question is about.
    ann_id: of the annotation among those of its object, or of the question.  eval_type: the group that it is scored in.
    situation: where the asker stands, in words; position (3,) and quaternion (x, y, z, w): the same as a pose, relative
    to the centre of the raw scan's box, see ``sqa3d``.  box (6,): centre and size of the target, aligned, where the
    file gives it.  tokens: the text's, where the file has them.
    """

    scene_id: str
    task: str
    key: str
    text: str
    answers: tuple[str, ...] = ()
    object_ids: tuple[int, ...] = ()
    object_names: tuple[str, ...] = ()
    ann_id: str | None = None
    eval_type: str | None = None
    situation: str | None = None
    position: tuple[float, float, float] | None = None
    quaternion: tuple[float, float, float, float] | None = None
    box: tuple[float, ...] | None = None
    tokens: tuple[str, ...] = ()

    @property
    def object_id(self) -> int:
        """The one target; raises AnnotationError where there is none or several."""
        if len(self.object_ids) != 1:
            raise AnnotationError(f"{self.task} {self.key} has {len(self.object_ids)} targets, not one")
        return self.object_ids[0]


S = TypeVar("S", bound=LanguageSample)


@dataclass(frozen=True)
class Skipped:
    """A record that was left out: its place in the file, from 0, and why."""

    index: int
    reason: str


@dataclass
class Annotations(Generic[S]):
    """The samples of one or more files.

    skipped: the first MAX_REASONS records that could not be used, of ``num_skipped``.  ignored_fields: fields that the
    format doesn't know, with how many records have them.
    """

    format: str
    path: Path
    samples: list[S] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    num_skipped: int = 0
    ignored_fields: Counter[str] = field(default_factory=Counter)
    _scenes: dict[str, list[S]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _keys: dict[str, S] = field(default_factory=dict, init=False, repr=False, compare=False)
    _indexed: int = field(default=0, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[S]:
        return iter(self.samples)

    def __getitem__(self, index: int) -> S:
        return self.samples[index]

    @property
    def scene_ids(self) -> list[str]:
        """In the order of their first sample."""
        self._index()
        return list(self._scenes)

    def of_scene(self, scene_id: str) -> list[S]:
        """Raises AnnotationError for a scene that no sample is about."""
        self._index()
        if scene_id not in self._scenes:
            raise AnnotationError(f"{self.path}: no sample is about scene {scene_id} among its {len(self._scenes)}")
        return list(self._scenes[scene_id])

    def by_key(self, key: str) -> S:
        """Raises AnnotationError for a key that no sample has."""
        self._index()
        if key not in self._keys:
            raise AnnotationError(f"{self.path}: has no sample {key!r} among its {len(self)}")
        return self._keys[key]

    def _index(self) -> None:
        """Look-ups by scene and key, made again when samples were added."""
        if self._indexed == len(self.samples):
            return
        self._scenes, self._keys, self._indexed = {}, {}, len(self.samples)
        for sample in self.samples:
            self._scenes.setdefault(sample.scene_id, []).append(sample)
            self._keys[sample.key] = sample

    def skip(self, index: int, reason: str) -> None:
        self.num_skipped += 1
        if len(self.skipped) < MAX_REASONS:
            self.skipped.append(Skipped(index, reason))

    def only(self, keep: Callable[[S], bool]) -> Annotations[S]:
        """The same with only the samples that ``keep`` says yes to."""
        kept = [sample for sample in self.samples if keep(sample)]
        return Annotations(self.format, self.path, kept, self.skipped, self.num_skipped, self.ignored_fields)

    def add(self, other: Annotations[S]) -> None:
        """Append the samples of another file, and what it lacked."""
        self.samples += other.samples
        self.skipped += other.skipped[: MAX_REASONS - len(self.skipped)]
        self.num_skipped += other.num_skipped
        self.ignored_fields += other.ignored_fields


class Fields:
    """One record of a file; each field that is asked for is checked, and those never asked for are counted."""

    def __init__(self, record: object) -> None:
        if not isinstance(record, Mapping):
            raise AnnotationError(f"must be an object with named fields, it is a {kind_of(record)}")
        self._record = record
        self._used: set[str] = set()

    @property
    def unused(self) -> list[str]:
        return [str(name) for name in self._record if name not in self._used]

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        self._used.add(name)
        return self._record.get(name) is not None

    def value(self, name: str) -> Any:
        self._used.add(name)
        if name not in self._record:
            raise AnnotationError(f"has no field '{name}'")
        return self._record[name]

    def know(self, *names: str) -> None:
        """Fields that the format has and that no sample keeps."""
        self._used.update(names)

    def text(self, name: str, empty: bool = False) -> str:
        value = self.value(name)
        if not isinstance(value, str) or not (empty or value.strip()):
            raise AnnotationError(f"field '{name}' must be a text{'' if empty else ', not empty'}, it is {value!r:.80}")
        return value

    def label(self, name: str) -> str:
        """A text or a whole number, as text: ids are written either way."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
            raise AnnotationError(f"field '{name}' must be an id, it is {value!r:.80}")
        return str(value)

    def integer(self, name: str) -> int:
        return whole_number(self.value(name), f"field '{name}'")

    def integers(self, name: str) -> tuple[int, ...]:
        return tuple(whole_number(item, f"field '{name}'") for item in self.items(name))

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.items(name)
        if not all(isinstance(item, str) for item in values):
            raise AnnotationError(f"field '{name}' must be a list of texts, it is {values!r:.80}")
        return tuple(values)

    def numbers(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """float64 of that shape; -1 there stands for any length."""
        try:
            array = np.asarray(self.value(name), np.float64)
        except (TypeError, ValueError) as error:
            raise AnnotationError(f"field '{name}' must be numbers of shape {shape}: {error}") from error
        if array.size == 0 and -1 in shape:
            return np.zeros([max(n, 0) for n in shape])
        fits = array.ndim == len(shape) and all(n in (-1, m) for n, m in zip(shape, array.shape, strict=True))
        if not fits or not np.isfinite(array).all():
            raise AnnotationError(f"field '{name}' must be finite numbers of shape {shape}, it is {array.shape}")
        return array

    def flag(self, name: str) -> bool:
        """A boolean, also in words as tables have it."""
        value = self.value(name)
        words = {"true": True, "false": False}
        if isinstance(value, bool):
            return value
        if str(value).strip().lower() not in words:
            raise AnnotationError(f"field '{name}' must be True or False, it is {value!r:.80}")
        return words[str(value).strip().lower()]

    def items(self, name: str) -> list[Any]:
        value = self.value(name)
        if not isinstance(value, (list, tuple)):
            raise AnnotationError(f"field '{name}' must be a list, it is {value!r:.80}")
        return list(value)


def whole_number(value: object, what: str) -> int:
    """A whole number from 0, written as a number or as text."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise AnnotationError(f"{what} must be a whole number from 0, it is {value!r:.80}")
    return value


def box_of_corners(corners: np.ndarray) -> np.ndarray:
    """(..., 6) centre and size of axis-aligned boxes given by corners (..., 8, 3) in whatever order."""
    low, high = corners.min(-2), corners.max(-2)
    return np.concatenate([(low + high) / 2, high - low], -1)


def list_of_records(path: Path, content: object) -> list[Any]:
    if not isinstance(content, list):
        raise AnnotationError(f"{path} must hold a list of records, it holds a {kind_of(content)}")
    return content


def collect(
    format: str, path: Path, records: Iterable[object], read: Callable[[Fields, int], S], allow_empty: bool = False
) -> Annotations[S]:
    """Read record by record with ``read(fields, index)``; one that can't be used is skipped with its reason, and so is
    one with a key seen before.

    Raises AnnotationError where there is no record, unless ``allow_empty``, and where none can be used.
    """
    found: Annotations[S] = Annotations(format, path)
    keys: set[str] = set()
    for index, record in enumerate(records):
        try:
            fields = Fields(record)
            sample = read(fields, index)
        except AnnotationError as error:
            found.skip(index, f"record {index} {error}")
            continue
        found.ignored_fields.update(fields.unused)
        if sample.key in keys:
            found.skip(index, f"record {index} has the key {sample.key}, as an earlier one has")
            continue
        keys.add(sample.key)
        found.samples.append(sample)
    if found.samples or (allow_empty and not found.num_skipped):
        return found
    if found.num_skipped:
        first = found.skipped[0].reason
        raise AnnotationError(f"{path}: none of {found.num_skipped} records can be read as {format}; {first}")
    raise AnnotationError(f"{path} has no record: an empty split")
