"""Scenes by a pool of processes, then their samples, then the manifest: the way from a source to a prepared folder."""

from __future__ import annotations

import errno
import shutil
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from ...files import write_atomically
from .collector import SampleCollector
from .journal import FinishedScene, Journal
from .layout import (
    MANIFEST,
    FileRecord,
    Manifest,
    PreparedDataError,
    file_record,
    samples_path,
    scene_path,
    write_manifest,
)
from .nouns import PreparedSample, PreparedScene
from .sample_file import write_samples
from .scene_file import read_scene, scene_bytes

_SPARE = 1 << 20  # bytes: with less left a disk counts as full


@dataclass(frozen=True)
class Plan:
    """What is to be prepared.

    make_scene: scene id -> scene, in another process, so it must be a function of a module (or a partial of one);
    collect: fills a scene's collector with its samples.  settings: ``scenes`` (those that shape them; others in the
    same folder are refused) and ``samples``.  min_iou: see SampleCollector.
    """

    kind: str
    settings: dict[str, dict[str, Any]]
    scene_ids: list[str]
    make_scene: Callable[[str], PreparedScene]
    collect: Callable[[SampleCollector], None]
    min_iou: float


@dataclass
class Summary:
    """made, known: how many scenes are of this run and of earlier ones; manifest: all that there is now."""

    made: int
    known: int
    manifest: Manifest


@dataclass
class _Collected:
    samples: dict[tuple[str, str], list[PreparedSample]] = field(default_factory=lambda: defaultdict(list))
    dropped: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def prepare(folder: Path, plan: Plan, workers: int, quiet: bool = False) -> Summary:
    """Write the folder, going on with what an earlier run finished; a scene that fails is left out.

    The same plan gives the same bytes, whatever the number of workers and however often it was interrupted.
    Raises PreparedDataError where the disk is full, processes die or no scene can be prepared at all; what is finished
    stays.
    """
    hidden = quiet or not sys.stderr.isatty()
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal.open(folder, plan.kind, plan.settings["scenes"])
    missing = [s for s in plan.scene_ids if not _is_there(folder, journal.finished.get(s))]
    left_out = _make_scenes(folder, plan, missing, journal, workers, hidden)
    try:
        collected = _collect(folder, plan, left_out, hidden)
        manifest = _write_rest(folder, plan, journal, left_out, collected)
    except OSError as error:
        _stop_if_full(error, folder)
        raise
    journal.remove()
    done = [s for s in missing if s not in left_out]
    return Summary(len(done), len(manifest.scenes) - len(done), manifest)


def _is_there(folder: Path, scene: FinishedScene | None) -> bool:
    path = None if scene is None else folder / scene_path(scene.scene_id)
    return scene is not None and path is not None and path.is_file() and file_record(path) == scene.file


def _make_scenes(
    folder: Path, plan: Plan, scene_ids: list[str], journal: Journal, workers: int, hidden: bool
) -> dict[str, str]:
    """Write the scenes' files; returns scene -> reason of those that failed."""
    left_out: dict[str, str] = {}
    if not scene_ids:
        return left_out
    work = partial(_make_scene, folder, plan.make_scene)
    pool = ProcessPoolExecutor(min(workers, len(scene_ids)), get_context("spawn"), _start_worker)
    futures: dict[Future[FinishedScene], str] = {}
    try:
        futures |= {pool.submit(work, s): s for s in scene_ids}
        for future in tqdm(
            as_completed(futures), total=len(futures), desc="scenes", unit="scene", disable=hidden, file=sys.stderr
        ):
            try:
                journal.add(future.result())
            except BrokenProcessPool as error:
                raise PreparedDataError(
                    f"a process died ({len(journal.finished)} scenes are finished and stay): "
                    "start again with fewer --workers, it may have been short of memory"
                ) from error
            except Exception as error:  # whatever is wrong with one scene must not stop the others
                _stop_if_full(error, folder)
                left_out[futures[future]] = " ".join(str(error).split()) or type(error).__name__
                tqdm.write(f"omd3d: {futures[future]} is left out: {left_out[futures[future]]}", file=sys.stderr)
    finally:
        pool.shutdown(cancel_futures=True)
        _note_finished(journal, list(futures))
    return left_out


def _note_finished(journal: Journal, futures: list[Future[FinishedScene]]) -> None:
    """After an interruption: scenes that were under way then and have been written since."""
    for future in futures:
        if not future.cancelled() and future.exception() is None and future.result().scene_id not in journal.finished:
            journal.add(future.result())


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the pool
    torch.set_num_threads(1)  # the same sums in the same order for any number of workers


def _make_scene(folder: Path, make: Callable[[str], PreparedScene], scene_id: str) -> FinishedScene:
    scene = make(scene_id)
    content = scene_bytes(scene)
    path = folder / scene_path(scene_id)
    write_atomically(path, lambda file: file.write_bytes(content))
    superpoint = -1 if scene.superpoint_features is None else scene.superpoint_features.shape[1]
    channels = (scene.point_features.shape[1], scene.image_features.shape[1], superpoint)
    return FinishedScene(scene_id, file_record(path), channels)


def _collect(folder: Path, plan: Plan, left_out: dict[str, str], hidden: bool) -> _Collected:
    """Samples of all finished scenes; a scene whose samples can't be made is added to ``left_out``."""
    collected = _Collected()
    for scene_id in tqdm(plan.scene_ids, desc="samples", unit="scene", disable=hidden, file=sys.stderr):
        if scene_id in left_out:
            continue
        try:
            collector = SampleCollector(read_scene(folder / scene_path(scene_id)), plan.min_iou)
            plan.collect(collector)
        except (ValueError, KeyError) as error:
            left_out[scene_id] = f"its samples: {' '.join(str(error).split())}"
            tqdm.write(f"omd3d: {scene_id} is left out: {left_out[scene_id]}", file=sys.stderr)
            continue
        for key, samples in collector.samples.items():
            collected.samples[key] += samples
        collected.dropped += collector.dropped
    return collected


def _write_rest(
    folder: Path, plan: Plan, journal: Journal, left_out: dict[str, str], collected: _Collected
) -> Manifest:
    """The sample files, then the manifest."""
    scenes = [journal.finished[s] for s in plan.scene_ids if s not in left_out]
    if not scenes:
        raise PreparedDataError(f"no scene could be prepared; the first: {next(iter(left_out.items()), 'none named')}")
    files = {scene_path(s.scene_id): s.file for s in scenes}
    (folder / MANIFEST).unlink(missing_ok=True)  # from here on the old one would not describe the folder
    for (task, split), samples in sorted(collected.samples.items()):
        files[samples_path(task, split)] = _write_samples(folder, task, split, samples)
    for path in (folder / "samples").glob("*.jsonl"):
        if f"samples/{path.name}" not in files:
            path.unlink()
    point, image, superpoint = _channels(folder, scenes)
    manifest = Manifest(
        plan.kind,
        plan.settings,
        point,
        image,
        None if superpoint < 0 else superpoint,
        [s.scene_id for s in scenes],
        _counted(collected),
        files,
        left_out,
        _reasons(collected),
    )
    write_manifest(folder, manifest)
    return manifest


def _write_samples(folder: Path, task: str, split: str, samples: list[PreparedSample]) -> FileRecord:
    path = folder / samples_path(task, split)
    write_atomically(path, lambda file: write_samples(file, samples))
    return file_record(path)


def _channels(folder: Path, scenes: list[FinishedScene]) -> tuple[int, int, int]:
    first = scenes[0]
    for scene in scenes:
        if scene.channels != first.channels:
            raise PreparedDataError(
                f"{folder}: the features of {first.scene_id} and {scene.scene_id} differ in size, "
                f"{first.channels} and {scene.channels}"
            )
    return first.channels


def _counted(collected: _Collected) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for (task, split), samples in sorted(collected.samples.items()):
        counts[task][split] = len(samples)
    return dict(counts)


def _reasons(collected: _Collected) -> dict[str, dict[str, int]]:
    reasons: dict[str, dict[str, int]] = defaultdict(dict)
    for (task, split, reason), count in sorted(collected.dropped.items()):
        reasons[f"{task}_{split}"][reason] = count
    return dict(reasons)


def _stop_if_full(error: Exception, folder: Path) -> None:
    """Raises PreparedDataError for an error that comes of a full disk; others would meet it too."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or shutil.disk_usage(folder).free < _SPARE:
        raise PreparedDataError(
            f"the disk of {folder} is full; what is finished stays: free some space and start the same command again"
        ) from error
