"""Pairing by stamp: nearest, late, duplicate, out of order, bounded."""

from __future__ import annotations

import pytest

from omd3d_ros.sensing.synchroniser import Synchroniser

MS = 1_000_000


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sync(clock: Clock) -> Synchroniser:
    return Synchroniser(tolerance=0.020, size=5, max_delay=1.0, patience=0.1, clock=clock)


def feed(sync: Synchroniser, *items: tuple[str, int]) -> list[tuple[str, str]]:
    """Give ('c' or 'd', milliseconds) messages; the pairs as ('c33', 'd33')."""
    pairs = []
    for kind, stamp in items:
        add = sync.add_color if kind == "c" else sync.add_depth
        pairs += add(stamp * MS, f"{kind}{stamp}")
    return pairs


def test_equal_stamps_pair_at_once_in_either_order(sync):
    assert feed(sync, ("c", 0), ("d", 0), ("d", 33), ("c", 33)) == [("c0", "d0"), ("c33", "d33")]


def test_a_nearer_partner_that_comes_later_is_waited_for(sync):
    assert feed(sync, ("c", 85), ("d", 100)) == []
    assert feed(sync, ("c", 101), ("d", 133)) == [("c101", "d100")]


def test_depth_does_not_steal_a_colour_that_fits_another_depth_better(sync):
    assert feed(sync, ("d", 12), ("c", 30), ("d", 33), ("c", 60)) == [("c30", "d33")]


def test_out_of_order_messages_still_pair(sync):
    assert feed(sync, ("c", 66), ("c", 33), ("d", 66), ("d", 33)) == [("c66", "d66"), ("c33", "d33")]


def test_a_pair_within_tolerance_is_given_out_when_patience_ends(sync, clock):
    assert feed(sync, ("c", 0), ("d", 15)) == []
    clock.now = 0.2
    assert sync.poll() == [("c0", "d15")]


def test_no_pair_past_tolerance_and_the_gap_is_remembered(sync, clock):
    assert feed(sync, ("c", 0), ("d", 50), ("c", 100), ("d", 150)) == []
    clock.now = 1.0
    assert sync.poll() == []
    assert sync.counts.best_gap == pytest.approx(0.050)


def test_duplicates_are_counted_and_dropped_also_after_they_were_paired(sync):
    assert feed(sync, ("c", 0), ("c", 0), ("d", 0), ("d", 0)) == [("c0", "d0")]
    assert sync.counts.duplicate == 2
    assert sync.counts.pairs == 1


def test_late_messages_are_counted_and_dropped(sync):
    assert feed(sync, ("c", 5000), ("d", 5000), ("c", 3000), ("d", 3000)) == [("c5000", "d5000")]
    assert sync.counts.late == 2


def test_queues_are_bounded_and_the_oldest_goes(sync):
    feed(sync, *[("c", 33 * i) for i in range(12)])
    assert sync.counts.unmatched == 12 - 5
    assert feed(sync, ("d", 0), ("d", 33 * 11)) == [("c363", "d363")]


def test_a_clock_set_back_starts_over(sync):
    feed(sync, ("c", 60_000), ("d", 60_000))
    again = [(kind, 33 * i) for i in range(10) for kind in "cd"]
    pairs = feed(sync, *again)
    assert sync.counts.clock_jumps == 1
    assert pairs[-1] == ("c297", "d297")
    assert len(pairs) >= 5


def test_different_rates_keep_every_frame_of_the_slower(sync, clock):
    colors = [("c", 33 * i + 5) for i in range(30)]
    depths = [("d", 99 * i) for i in range(10)]
    pairs = feed(sync, *sorted(colors + depths, key=lambda item: item[1]))
    clock.now = 0.2
    pairs += sync.poll()
    assert [d for _, d in pairs] == [f"d{99 * i}" for i in range(10)]
    assert all(int(c[1:]) - int(d[1:]) == 5 for c, d in pairs)
