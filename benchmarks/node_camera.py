"""A camera for ``benchmarks/node.py``: a process of its own that plays a recording into ROS when it is told to.

Each line on stdin is "RATE COUNT": so many frames, so many a second, through the recording forth and back.  Each is
answered by a line of JSON, ``Played``.  Images are made into messages before the first line is read, so that the camera
costs what a driver costs.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

LATE = 0.5  # of a period, from which a frame counts as late


@dataclass(frozen=True)
class Played:
    """late: frames sent half a period or more after their time; rate: frames sent a second."""

    sent: int
    late: int
    rate: float


class Camera:
    """The process, as the benchmark sees it; has found its subscriber."""

    def __init__(self, source: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(source)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # with a share of the cores of its own, as a driver's
        )
        self.frames = int(self._read())

    @property
    def pid(self) -> int:
        return self._process.pid

    def play(self, rate: float, count: int) -> Played:
        """Until all are sent."""
        assert self._process.stdin is not None
        print(rate, count, file=self._process.stdin, flush=True)
        return Played(**json.loads(self._read()))

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the camera ended with exit code {self._process.wait()}")
        return line

    def __enter__(self) -> Camera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # and so end it
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    import rclpy

    from omd3d_ros.datasets import open_source
    from omd3d_ros.ros.play import FramePublisher, paced

    rclpy.init()
    publisher = FramePublisher()
    frames = [f for f in open_source(Path(sys.argv[1])) if f.T_world_camera is not None]
    made = [(frame, publisher.images(frame)) for frame in frames]
    if not publisher.wait_for_subscriber(60.0):
        sys.exit("nobody subscribes to the images")
    print(len(made), flush=True)
    for line in sys.stdin:
        rate, count = float(line.split()[0]), int(line.split()[1])
        forth_and_back = itertools.cycle([*made, *made[-2:0:-1]])
        sent = late = 0
        began = time.monotonic()
        for frame, images in paced(itertools.islice(forth_and_back, count), rate):
            late += time.monotonic() > began + (sent + LATE) / rate
            publisher.publish(frame, images=images)
            sent += 1
        played = Played(sent, late, sent / (time.monotonic() - began + 1 / rate))
        print(json.dumps(asdict(played)), flush=True)
    rclpy.try_shutdown()


if __name__ == "__main__":
    main()
