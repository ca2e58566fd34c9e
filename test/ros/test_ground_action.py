"""The action /ground, asked from another participant: feedback, cancel, deadline, refusal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import box_room
import numpy as np
import pytest
from conftest import Graph, eventually
from omd3d.action import Ground
from std_srvs.srv import Trigger

from omd3d_ros.ros.client import GroundQueryClient, NoAnswer
from omd3d_ros.ros.node import GroundNode
from omd3d_ros.ros.streaming import GroundActionClient


@pytest.fixture
def client(domain: int) -> Iterator[GroundActionClient]:
    with GroundActionClient() as asking:
        yield asking


@pytest.fixture
def node(graph: Graph) -> GroundNode:
    """With a map of the box room."""
    node = graph.ground_node(max_waiting_queries=1)
    for frame in box_room.frames(10):
        node.grounding.observe(frame)
    return node


class Impatient(Exception):
    """Raised out of the feedback of a question that has gone on for long enough."""


def impatient(feedback: Ground.Feedback) -> None:
    if len(feedback.text.split()) > 10:
        raise Impatient


def test_the_answer_comes_word_by_word_and_then_whole(node, client):
    heard: list[Ground.Feedback] = []
    result = client.ask(Ground.Goal(query="a slow box"), heard.append)
    assert result.success and result.answer == "It is <OBJ007>: a slow box"
    texts = [feedback.text for feedback in heard]
    assert len(texts) > 10 and sorted(texts[:-1], key=len) == texts[:-1] and texts[-1] == result.answer
    (seen,) = heard[-1].instances
    assert seen.id == "OBJ007" and seen.cloud.width == 0 and seen.header.frame_id == "map"
    (instance,) = result.instances
    at = instance.pose.position
    np.testing.assert_allclose([at.x, at.y, at.z], box_room.BOX.mean(0), atol=0.06)
    assert instance.cloud.width > 100 and result.map_stamp.sec == 1


def test_a_cancelled_answer_stops_and_the_next_is_answered(node, client):
    """How fast is tested without a graph, in test_question_desk.py."""
    with pytest.raises(Impatient):
        client.ask(Ground.Goal(query="endless"), impatient)
    eventually(lambda: node._desk.waiting == 0)
    assert node.health.counts()["queries cancelled"] == 1
    assert client.ask(Ground.Goal(query="the box"), lambda feedback: None).success


def test_a_cancelled_question_has_a_result_that_says_so(node, client):
    client.wait(5.0)
    goal = client._client.send_goal_async(Ground.Goal(query="endless"))
    until = time.monotonic() + 5.0
    handle = client._spin(goal, until)
    result = handle.get_result_async()
    client._spin(handle.cancel_goal_async(), until)
    assert client._spin(result, until).result.message == "the query was cancelled"
    assert not result.result().result.success


def test_service_and_action_share_one_queue_and_a_full_one_refuses_with_the_reason(node, client):
    def endless() -> str:
        with GroundQueryClient(node_name="other") as other:
            return other.ask("endless", deadline=1.5).message

    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(endless) for _ in range(2)]
        eventually(lambda: node._desk.waiting == 2)
        refused = client.ask(Ground.Goal(query="the box"), lambda feedback: None)
        assert not refused.success and refused.message == "1 queries are waiting already: ask again later"
        assert [o.result() for o in others] == ["not answered within 1.5 s (deadline of the query)"] * 2
    assert node.health.counts()["queries late"] == 2


def test_a_reset_ends_the_answer_at_once(node, client):
    resetting = node.create_client(Trigger, "~/reset")
    assert resetting.wait_for_service(5.0)
    heard = threading.Event()

    def listen(feedback: Ground.Feedback) -> None:
        if not heard.is_set():
            heard.set()
            resetting.call_async(Trigger.Request())

    result = client.ask(Ground.Goal(query="endless"), listen, timeout=5.0)
    assert not result.success and "the map was reset while" in result.message


def test_a_session_knows_what_it_was_about(node, client):
    def ask(query: str, session: str) -> str:
        return client.ask(Ground.Goal(query=query, session=session), lambda feedback: None).answer

    ask("the box", "ann")
    assert ask("what is it?", "ann") == "It is ('OBJ007',)"
    assert ask("what is it?", "bob") != "It is ('OBJ007',)"


def test_a_node_that_stops_cancels_what_it_is_answering(graph, node, client):
    stopping = threading.Timer(0.3, node.stop)
    stopping.start()
    result = client.ask(Ground.Goal(query="endless"), lambda feedback: None, timeout=5.0)
    stopping.join()
    assert not result.success and "cancelled" in result.message


def test_no_action_is_one_clear_error(client):
    with pytest.raises(NoAnswer, match="no /ground action after 0.2 s"):
        client.wait(0.2)
