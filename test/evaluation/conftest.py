"""One METEOR process for all tests that score captions: it takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from omd3d_ros.evaluation import captions
from omd3d_ros.evaluation.java import Meteor


@pytest.fixture(scope="session")
def running_meteor() -> Iterator[Meteor]:
    with Meteor() as meteor:
        yield meteor


@pytest.fixture
def one_meteor(running_meteor: Meteor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caption scores use the process that runs already."""
    monkeypatch.setattr(captions, "Meteor", lambda: nullcontext(running_meteor))
