"""What the tests of caption scores need on the machine."""

from collections.abc import Callable

import pytest

from omd3d_ros.evaluation.captions import NAMES, why_left_out

_needs_java = pytest.mark.skipif(why_left_out() is not None, reason=str(why_left_out()))


def needs_caption_scores(test: Callable[..., None]) -> Callable[..., None]:
    """Skips the test, with the reason, where caption scores can't be computed; else one METEOR serves them all."""
    return _needs_java(pytest.mark.usefixtures("one_meteor")(test))


def caption_names(task: str, suffix: str = "") -> set[str]:
    return {f"[{task}] {name}{suffix}" for name in NAMES}
