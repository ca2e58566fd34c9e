"""A stand-in for the model, for tests of everything around it: a real map, and the red points as the only object.

Run as a program it is the node with this in the model's place.  The word "slow" in a query makes the answer take half
a second, "endless" makes it go on until it is stopped, one word every 10 ms, and "crash" makes it raise.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from omd3d_ros.asking.desk import Progress
from omd3d_ros.asking.sessions import Mentioned
from omd3d_ros.asking.turns import Turns
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Answer, Frame, Instance, Scene


class FakeGrounding:
    def __init__(self, voxel_size: float = 0.05) -> None:
        self.voxel_map = VoxelMap(voxel_size)
        self._turns = Turns()

    def observe(self, frame: Frame) -> int:
        return self.voxel_map.integrate(frame)

    def reset(self) -> None:
        self.voxel_map.reset()

    def save_map(self, path: Any) -> None:
        self.voxel_map.save(path)

    def load_map(self, path: Any) -> None:
        self.voxel_map = VoxelMap.load(path)

    def close(self) -> None:
        pass

    def ask(
        self,
        query: str,
        min_score: float = 0.0,
        max_instances: int = 0,
        *,
        last: Mentioned | None = None,
        wait_for_fresh: bool = False,
        check: Callable[[], None] = lambda: None,
        on_progress: Progress | None = None,
    ) -> Answer:
        if not query.strip():
            raise ValueError("the query is empty")
        if len(query) > 1000:
            raise ValueError(f"the query has {len(query)} characters, at most 1000 are read")
        if "crash" in query:
            raise RuntimeError("the model fell over")
        with self._turns.turn(check):
            words = 50 if "slow" in query else sys.maxsize if "endless" in query else 0
            for number in itertools.islice(itertools.count(1), words):
                check()
                time.sleep(0.01)
                if on_progress is not None:
                    on_progress("word " * number, [])
            answer = self._answer(query, min_score)
            if on_progress is not None:
                on_progress(answer.text, answer.instances)
        if query == "what is it?" and last is not None:
            answer.text = f"It is {last.ids}"
        return answer

    def _answer(self, query: str, min_score: float) -> Answer:
        cloud, stamp = self.voxel_map.point_cloud(), self.voxel_map.stamp
        red = (cloud.rgb[:, 0] > 150) & (cloud.rgb[:, 1] < 100)
        found = [Instance.from_mask("OBJ007", "box", 0.9, red, cloud.xyz)] if red.any() and min_score <= 0.9 else []
        none = np.empty((0, 0), np.float32)
        scene = Scene(cloud, np.zeros(len(cloud), np.int32), none, found, none, none, none, np.eye(4), stamp)
        return Answer(query, f"It is <OBJ007>: {query[:20]}" if found else "There is none.", found, scene=scene)


if __name__ == "__main__":
    from omd3d_ros.ros.node import main

    sys.exit(main(make_grounding=lambda parameters: FakeGrounding(parameters.voxel_size or 0.05)))
