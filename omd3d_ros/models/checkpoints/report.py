"""Report: what became of every tensor of a checkpoint, and what the model still lacks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .mapping import Skipped, Used

_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class Missing:
    """ours: a tensor that the model has and the checkpoint has not; reason: why that is as it should be."""

    ours: str
    reason: str


@dataclass
class Report:
    """source: the file; family: as what it was read.  Every tensor of the file is in used or in skipped."""

    source: str
    family: str
    used: list[Used] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    parts: list[Report] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {"used": len(self.used), "skipped": len(self.skipped), "missing": len(self.missing)}

    def joined(self, *others: Report) -> Report:
        """This report with those of further files that filled the same model: missing is what none of them gave."""
        parts = [self, *others]
        given = {ours for part in parts for used in part.used for ours in used.ours}
        reasons = {m.ours: m.reason for part in reversed(parts) for m in part.missing if m.ours not in given}
        whole = Report(self.source, self.family, parts=parts)
        whole.used = [used for part in parts for used in part.used]
        whole.skipped = [skipped for part in parts for skipped in part.skipped]
        whole.missing = [Missing(ours, reason) for ours, reason in reasons.items()]
        return whole

    def table(self) -> str:
        """Readable lines: groups of tensors with their number, an example or the reason."""
        lines = []
        for part in self.parts or [self]:
            lines.append(f"{part.source} ({part.family}): {len(part.used)} used, {len(part.skipped)} skipped")
            lines += _grouped("used", part.used, lambda u: u.what, lambda u: f"{u.foreign} -> {' + '.join(u.ours)}")
            lines += _grouped("skipped", part.skipped, lambda s: s.reason, lambda s: s.foreign)
        if self.missing:
            lines.append(f"{len(self.missing)} of the model's tensors come from elsewhere or keep their initial values")
            lines += _grouped("missing", self.missing, lambda m: m.reason, lambda m: m.ours)
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "source": self.source,
            "family": self.family,
            "counts": self.counts,
            "used": {u.foreign: list(u.ours) for u in self.used},
            "skipped": {s.foreign: s.reason for s in self.skipped},
            "missing": {m.ours: m.reason for m in self.missing},
        }
        if self.parts:
            content["parts"] = [part.to_dict() for part in self.parts]
            del content["used"], content["skipped"]
        return content

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)


def _grouped(
    kind: str, entries: Iterable[_Entry], group: Callable[[_Entry], str], example: Callable[[_Entry], str]
) -> list[str]:
    entries = list(entries)
    counts = Counter(group(entry) for entry in entries)
    first = {group(entry): example(entry) for entry in reversed(entries)}
    lines = []
    for name, count in counts.items():
        lines.append(f"  {kind:<8}{count:>5}  {name}")
        lines.append(f"{'':17}such as {first[name]}" if count > 1 else f"{'':17}{first[name]}")
    return lines
