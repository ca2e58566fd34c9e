"""Fixtures for all tests; being here also puts this folder on the import path, for ``recordings``."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def kitchen() -> Path:
    """The folder of real 7-Scenes frames in a ``shared`` folder beside the checkout; skips where there is none."""
    for parent in Path(__file__).resolve().parents:
        folder = parent / "shared" / "data" / "rgbd_7scenes"
        if folder.is_dir():
            return folder
    pytest.skip("the real kitchen frames (shared/data/rgbd_7scenes) are not beside this checkout")
