"""An executor that runs until ROS shuts down, whenever that is."""

from __future__ import annotations

from rclpy.executors import Executor, ExternalShutdownException


def spin_until_shutdown(executor: Executor) -> None:
    """Returns once the executor or its context was shut down, and KeyboardInterrupt comes out.

    rclpy says ExternalShutdownException where it notices a context that has ended, and some other error where it ends
    while the executor looks at it.
    """
    try:
        executor.spin()
    except ExternalShutdownException:
        return
    except Exception:
        if executor.context.ok():
            raise
