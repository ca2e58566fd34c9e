"""Spread independent tasks over as many threads as torch uses; each task is done by one thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import torch

PIECES_PER_THREAD = 8
"""More pieces than threads, for tasks that differ in size and cores that are busy with something else."""


def in_parallel(kernel: Callable[..., Any], tasks: int, *arguments: Any) -> None:
    """kernel(first, last, *arguments) over pieces of range(tasks); the kernel must release the interpreter's lock.

    The caller works too, and does not wait for threads that have not begun when nothing is left.
    """
    threads = min(torch.get_num_threads(), tasks)
    if threads <= 1:
        kernel(0, tasks, *arguments)
        return
    count = min(tasks, threads * PIECES_PER_THREAD)
    pieces = iter([(tasks * i // count, tasks * (i + 1) // count) for i in range(count)])

    def work() -> None:
        for first, last in pieces:
            kernel(first, last, *arguments)

    others = [_pool(os.getpid(), threads).submit(work) for _ in range(threads - 1)]
    work()
    for other in others:
        if not other.cancel():
            other.result()


@lru_cache(maxsize=4)
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    """One per process, since threads do not survive a fork."""
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="sparse")
