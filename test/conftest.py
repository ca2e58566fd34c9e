"""Fixtures for all tests; being here also puts this folder on the import path, for ``recordings``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from omd3d_ros.evaluation import captions
from omd3d_ros.evaluation.java import Meteor


@pytest.fixture(scope="session")
def kitchen() -> Path:
    """The folder of real 7-Scenes frames."""
    return _shared("data/rgbd_7scenes", "the real kitchen frames")


@pytest.fixture(scope="session")
def reference_fixtures() -> Path:
    """The folder of reference implementations' weights, inputs and outputs."""
    return _shared("fixtures", "the reference fixtures")


@pytest.fixture(scope="session")
def running_meteor() -> Iterator[Meteor]:
    with Meteor() as meteor:
        yield meteor


@pytest.fixture
def one_meteor(running_meteor: Meteor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caption scores use one process for all tests: it takes seconds to start.  Needs Java."""
    monkeypatch.setattr(captions, "Meteor", lambda: nullcontext(running_meteor))


def _shared(name: str, what: str) -> Path:
    """A folder of the ``shared`` folder beside the checkout; skips where there is none."""
    for parent in Path(__file__).resolve().parents:
        folder = parent / "shared" / name
        if folder.is_dir():
            return folder
    pytest.skip(f"{what} (shared/{name}) are not beside this checkout")
