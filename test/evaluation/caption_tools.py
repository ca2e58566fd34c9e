"""What the tests of caption scores need on the machine."""

import pytest

from omd3d_ros.evaluation.captions import NAMES, why_left_out

needs_caption_scores = pytest.mark.skipif(why_left_out() is not None, reason=str(why_left_out()))


def caption_names(task: str, suffix: str = "") -> set[str]:
    return {f"[{task}] {name}{suffix}" for name in NAMES}
