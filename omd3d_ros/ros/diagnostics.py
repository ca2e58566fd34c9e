"""Why nothing is being mapped, in one sentence; and the DiagnosticArray that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from omd3d_ros.ros.health import Health
from omd3d_ros.sensing.synchroniser import SyncCounts

STALLED_AFTER = 1.0


@dataclass(frozen=True)
class Input:
    """A topic that mapping needs.  ``once``: one message is enough (calibration)."""

    topic: str
    type: str
    once: bool = False


class Explainer:
    """Looks at the counts and at the ROS graph."""

    def __init__(self, node: Node, health: Health, inputs: list[Input], tolerance: float) -> None:
        self._node = node
        self._health = health
        self._inputs = inputs
        self._tolerance = tolerance

    def why_nothing_maps(self, sync: SyncCounts, paused: bool, backlog: int) -> str | None:
        """None while frames are being mapped."""
        mapped = self._health.age("mapped")
        if mapped is not None and mapped < STALLED_AFTER:
            return None
        if paused:
            return "mapping is paused: call ~/pause with data: false"
        silent = [text for i in self._inputs if (text := self._why_silent(i))]
        if silent:
            return "; ".join(silent)
        dropped = self._why_dropped()
        if dropped is None and backlog > 0:
            return f"busy: {backlog} frames wait to be mapped"
        return dropped or self._why_unpaired(sync)

    def _why_silent(self, topic: Input) -> str | None:
        age = self._health.age(topic.topic)
        if age is not None and (topic.once or age < STALLED_AFTER):
            return None
        name = self._node.resolve_topic_name(topic.topic)
        policy = self._health.qos_mismatch(name)
        if policy is not None and age is None:
            return f"QoS mismatch on {name}: the publisher's {policy} does not fit"
        publishers = self._node.get_publishers_info_by_topic(name)
        others = sorted({p.topic_type for p in publishers} - {topic.type})
        if not publishers:
            return f"no publisher on {name}"
        if len(others) == len({p.topic_type for p in publishers}):
            return f"{name} carries {', '.join(others)}, expected {topic.type}"
        since = "no message yet" if age is None else f"no message for {age:.0f} s"
        return f"{since} on {name} ({len(publishers)} publisher{'s' if len(publishers) > 1 else ''})"

    def _why_dropped(self) -> str | None:
        dropped = self._health.drop_within(STALLED_AFTER)
        if dropped is not None:
            cause, text = dropped
            count = self._health.counts()[f"dropped {cause}"]
            return f"{text} ({count} frame{'s' if count > 1 else ''} dropped for {cause}){self._tf_mismatch(cause)}"
        waiting = self._health.waiting_within(STALLED_AFTER)
        return None if waiting is None else f"frames wait: {waiting}"

    def _tf_mismatch(self, cause: str) -> str:
        if not cause.startswith(("no_transform", "transform_")):
            return ""
        policies = [(t, p) for t in ("/tf", "/tf_static") if (p := self._health.qos_mismatch(t))]
        return "".join(f"; QoS mismatch on {t}: the publisher's {policy} does not fit" for t, policy in policies)

    def _why_unpaired(self, sync: SyncCounts) -> str:
        counts = (
            f"{sync.color} colour, {sync.depth} depth, {sync.pairs} pairs, {sync.duplicate} with the stamp of another, "
            f"{sync.late} late"
        )
        if sync.best_gap is None or sync.best_gap <= self._tolerance:
            return f"no new pair of colour and depth ({counts})"
        return (
            f"no matching depth image within {self._tolerance:g} s of a colour image: the best gap is "
            f"{sync.best_gap:.3f} s ({counts}; parameter sync_tolerance)"
        )


def diagnostic_array(name: str, stamp: Any, problem: str | None, values: dict[str, object]) -> DiagnosticArray:
    status = DiagnosticStatus(name=f"{name}: mapping", hardware_id=name)
    status.level = DiagnosticStatus.OK if problem is None else DiagnosticStatus.WARN
    status.message = problem or "mapping"
    status.values = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
    array = DiagnosticArray(status=[status])
    array.header.stamp = stamp
    return array
