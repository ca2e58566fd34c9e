"""Results of rooms on the disk, so that an interrupted evaluation goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from ..datasets.room_samples import RoomSample
from ..files import write_atomically
from .instance_ap import RoomInstances
from .outcomes import Outcome
from .reliability import Claim
from .rooms import ProposalCounts, RoomResult


def result_key(model: str, room: RoomSample, per_room: int) -> str:
    """What a result is of: the model (its digest), the room's map, and the questions."""
    digest = hashlib.sha256(json.dumps([model, room.seed, per_room, room.queries]).encode())
    digest.update(room.path.read_bytes())
    return digest.hexdigest()


def read_result(folder: Path, seed: int, key: str) -> RoomResult | None:
    """The room's finished result; None where there is none, or one of another model, map or questions."""
    try:
        content = json.loads(_path(folder, seed).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if content.pop("key", None) != key:
        return None
    instances = content["instances"]
    instances["categories"] = {int(number): name for number, name in instances["categories"].items()}
    return RoomResult(
        seed=content["seed"],
        proposals=ProposalCounts(**content["proposals"]),
        instances=RoomInstances(**instances),
        outcomes={split: [Outcome(**o) for o in group] for split, group in content["outcomes"].items()},
        claims=[Claim(**claim) for claim in content["claims"]],
    )


def write_result(folder: Path, result: RoomResult, key: str) -> None:
    """Keep a result under its key."""
    text = json.dumps({"key": key, **asdict(result)})
    write_atomically(_path(folder, result.seed), lambda file: file.write_text(text, encoding="utf-8"))


def _path(folder: Path, seed: int) -> Path:
    return folder / f"room-{seed:07d}.json"
