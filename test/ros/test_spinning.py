"""Whatever rclpy raises when its context ends under it is an end; with a living context it is a fault."""

from __future__ import annotations

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor

from omd3d_ros.ros.spinning import spin_until_shutdown


@pytest.fixture
def executor():
    context = rclpy.Context()
    rclpy.init(context=context)
    made = SingleThreadedExecutor(context=context)
    yield made
    made.shutdown()
    context.try_shutdown()


def test_a_context_that_ended_before(executor):
    executor.context.shutdown()
    spin_until_shutdown(executor)


def test_a_context_that_ends_while_it_is_looked_at(executor, monkeypatch):
    def spin() -> None:
        executor.context.shutdown()
        raise RuntimeError("failed to initialize wait set: the given context is not valid")

    monkeypatch.setattr(executor, "spin", spin)
    spin_until_shutdown(executor)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_other_faults_come_out(executor, monkeypatch, error):
    def spin() -> None:
        raise error

    monkeypatch.setattr(executor, "spin", spin)
    with pytest.raises(error):
        spin_until_shutdown(executor)
