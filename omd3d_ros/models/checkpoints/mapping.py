"""From the names of a foreign checkpoint to ours: rules as data, and what they make of a list of names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from .checkpoint import CheckpointError

_DATA_PARALLEL = "module."


@dataclass(frozen=True)
class Rule:
    """pattern: regular expression for a whole foreign name.  ours: our names with the pattern's groups as ``\\1``; two
    names share the halves of the tensor's first axis; none: the tensor is skipped.  what: a group of tensors for
    readers.  reason: why it is skipped; with ``ours``, why a model may have no place for it."""

    pattern: str
    ours: tuple[str, ...]
    what: str
    reason: str = ""


@dataclass(frozen=True)
class Absence:
    """pattern: of our names that a checkpoint of a family may lack; reason: why, or where they come from instead."""

    pattern: str
    reason: str


@dataclass(frozen=True)
class Family:
    """A kind of checkpoint.  name: of the command line; title: for readers.  rules: the first that fits counts.
    covers: beginnings of our names that it can fill; all others it may lack.  published_prefix: where the model has
    the very same names under this prefix, they are used before any rule."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    covers: tuple[str, ...]
    absences: tuple[Absence, ...] = ()
    published_prefix: str | None = None

    def absence(self, ours: str) -> str | None:
        """Why a checkpoint of this family may lack one of our tensors; None: it may not."""
        for absence in (*self.absences, *COUNTERS):
            if re.fullmatch(absence.pattern, ours):
                return absence.reason
        return None if ours.startswith(self.covers) else f"not in a checkpoint of {self.title}"


COUNTERS = (Absence(r".*\.num_batches_tracked", "counts training steps; evaluation has no use for it"),)


@dataclass(frozen=True)
class Used:
    foreign: str
    ours: tuple[str, ...]
    what: str


@dataclass(frozen=True)
class Skipped:
    foreign: str
    reason: str


@dataclass
class Translation:
    """What becomes of every foreign name.  unknown: no rule knows it, or the model has no place for what it means."""

    used: list[Used] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def translate(
    names: Iterable[str], family: Family, wanted: Collection[str] | None = None, skip: tuple[Rule, ...] = ()
) -> Translation:
    """Apply the family's rules.  wanted: our names that the model has (None: all that the rules can give).

    skip: rules that go before the family's.  Raises CheckpointError where two tensors would be the same one of ours.
    """
    rules = [(re.compile(rule.pattern), rule) for rule in (*skip, *family.rules)]
    translation = Translation()
    source: dict[str, str] = {}
    for foreign in names:
        _translate_one(foreign, rules, family, wanted, translation)
    for used in translation.used:
        for ours in used.ours:
            if ours in source:
                raise CheckpointError(f"both {source[ours]} and {used.foreign} are {ours}: which one is meant?")
            source[ours] = used.foreign
    return translation


def _translate_one(
    foreign: str,
    rules: list[tuple[re.Pattern, Rule]],
    family: Family,
    wanted: Collection[str] | None,
    translation: Translation,
) -> None:
    name = foreign.removeprefix(_DATA_PARALLEL)
    if family.published_prefix is not None and wanted is not None and family.published_prefix + name in wanted:
        translation.used.append(Used(foreign, (family.published_prefix + name,), family.title))
        return
    for pattern, rule in rules:
        match = pattern.fullmatch(name)
        if match is None:
            continue
        ours = tuple(match.expand(template) for template in rule.ours)
        if not ours or (rule.reason and wanted is not None and not all(o in wanted for o in ours)):
            translation.skipped.append(Skipped(foreign, rule.reason))
        elif wanted is not None and not all(o in wanted for o in ours):
            break
        else:
            translation.used.append(Used(foreign, ours, rule.what))
        return
    translation.unknown.append(foreign)
