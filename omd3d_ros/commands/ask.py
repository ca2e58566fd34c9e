"""``omd3d ask``: map a recording, or take a cloud, and answer questions about it."""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omd3d_ros.commands.recording import (
    add_poses_argument,
    add_recording_arguments,
    add_up_argument,
    map_all,
    open_recording,
    posed_frames,
)

if TYPE_CHECKING:
    from omd3d_ros.assistant import Assistant
    from omd3d_ros.perception.external_instances import ExternalInstances
    from omd3d_ros.types import Answer, Instance

_EXAMPLES = """\
examples:
  omd3d ask path/to/frames "where is the mug?" "how many chairs are there?"
  omd3d ask map.ply "the chair next to the table" --json
  omd3d ask path/to/frames --queries questions.jsonl --json > answers.jsonl
  omd3d ask path/to/frames "the red shelf" --out answers --every 5
  omd3d ask scene0000_00_vh_clean_2.ply "the desk" --instances scene0000_00.txt --preset path/to/model

Several questions are one conversation: "it", "that one" and "them" mean what the answer before was about, as in
  omd3d ask map.ply "where is the mug?" "what colour is it?"
Those of --queries each stand alone.

--queries: one {"id": ..., "query": "..."} a line.  --json: one object a line, {"id", "query", "answer", "instances":
[{"id", "label", "score", "center", "size", "num_points"}], "timing_ms", "frame_id"}; a query that could not be
answered has an "error" too.  Coordinates are in the world of SOURCE.
--out: map.png, and for the N-th question answer-N.png and answer-N.ply (its instances, with an instance_id per point).
"""

_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d ask``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("source", metavar="SOURCE", help="recording (docs/sources.md), .ply or .pcd cloud, or .npz map")
    parser.add_argument("query", nargs="*", metavar="QUERY", help="a question or a description of an object")
    parser.add_argument("--queries", type=Path, metavar="FILE", help="more questions, JSON lines")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    parser.add_argument(
        "--explain", action="store_true", help="say how each question was understood (docs/query_programs.md)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write pictures and segmented clouds here")
    parser.add_argument("--preset", default="nano", help="preset name or file, or a folder of weights (default nano)")
    parser.add_argument(
        "--instances",
        type=Path,
        metavar="FILE",
        help="the objects of a cloud as Mask3D exported them (<scene>.txt or .pt), instead of looking for some",
    )
    parser.add_argument(
        "--labels", type=Path, metavar="TSV", help="names of the classes in --instances: scannetv2-labels.combined.tsv"
    )
    add_recording_arguments(parser)
    add_poses_argument(parser)
    add_up_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Answer each question; 1 when one of them could not be answered."""
    from omd3d_ros.cli import UsageError
    from omd3d_ros.mapping.cloud_io import is_cloud

    questions: list[tuple[Any, str]] = [(number, query) for number, query in enumerate(args.query, 1)]
    if args.queries is not None:
        questions += read_queries(args.queries)
    if not questions:
        raise UsageError('nothing to ask: give a "QUERY" or --queries FILE')
    if args.instances is not None and not is_cloud(args.source):
        raise UsageError("--instances are of the points of a cloud: SOURCE must be a .ply or .pcd")
    if args.labels is not None and args.instances is None:
        raise UsageError("--labels names the classes of --instances")
    from omd3d_ros.asking.sessions import Mentioned

    assistant, map_ms = _assistant(args)
    failed = 0
    last: Mentioned | None = None
    for number, (id, query) in enumerate(questions, 1):
        try:
            answer = assistant.ask(query, last=last if number <= len(args.query) else None)
        except ValueError as error:
            failed += 1
            _log.error("question %s: %s", id, error)
            if args.json:
                print(json.dumps(_unanswered(id, query, str(error)), ensure_ascii=False), flush=True)
            continue
        last = Mentioned.of(answer)
        answer.timing_ms = {"map": map_ms, **answer.timing_ms}
        if args.json:
            print(json.dumps(answer.to_dict(id), ensure_ascii=False), flush=True)
        else:
            print(as_text(answer, args.explain), flush=True)
        if args.out is not None:
            _save_answer(args.out, number, assistant, answer)
    if args.out is not None and failed < len(questions):
        _save_map(args.out, assistant)
        if not args.json:
            print(f"pictures and clouds are in {args.out}")
    return 1 if failed else 0


def read_queries(path: Path) -> list[tuple[Any, str]]:
    """(id, query) of a JSON-lines file; a line without an id gets its number.  Raises ValueError naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error})") from error
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from error
    questions = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {number}: not JSON ({error})") from error
        if not isinstance(entry, dict) or not isinstance(entry.get("query"), str):
            raise ValueError(f'{path}, line {number}: expected an object with a "query" string')
        questions.append((entry.get("id", number), entry["query"]))
    if not questions:
        raise ValueError(f"{path}: no queries in it")
    return questions


def as_text(answer: Answer, explain: bool = False) -> str:
    """The answer for a terminal: question, text, one line per instance; ``explain``: the program too."""
    lines = [f"> {answer.query}", *([f"  = {answer.program}"] if explain and answer.program else [])]
    lines.append(f"  {answer.text or '(no text)'}")
    lines += [f"  {instance_line(i)}, {i.num_points} points" for i in answer.instances]
    return "\n".join(lines)


def instance_line(instance: Instance) -> str:
    """``OBJ007 chair 0.93 at (1.20, 0.40, 0.45), 0.50 x 0.52 x 0.91 m``."""
    at = ", ".join(f"{v:.2f}" for v in instance.center)
    size = " x ".join(f"{v:.2f}" for v in instance.size)
    return f"{instance.id} {instance.label} {instance.score:.2f} at ({at}), {size} m"


def _assistant(args: argparse.Namespace) -> tuple[Assistant, float]:
    """An assistant that has seen SOURCE, and the milliseconds that mapping took."""
    from omd3d_ros.mapping.cloud_io import is_cloud, read_cloud

    if is_cloud(args.source):
        cloud = read_cloud(args.source)
        instances = _instances(args, len(cloud))
        assistant = _load(args.preset, args.up)
        assistant.set_cloud(cloud, instances)
        return assistant, 0.0
    if Path(args.source).suffix.lower() == ".npz":
        return _assistant_of_map(args), 0.0
    source = open_recording(args)
    assistant = _load(args.preset, args.up)
    started = time.monotonic()
    map_all(posed_frames(source, args), assistant.observe)
    return assistant, (time.monotonic() - started) * 1000


def _instances(args: argparse.Namespace, num_points: int) -> ExternalInstances | None:
    """What --instances and --labels name."""
    if args.instances is None:
        return None
    from omd3d_ros.perception.mask3d import read_mask3d, read_scannet_labels

    labels = None if args.labels is None else read_scannet_labels(args.labels)
    return read_mask3d(args.instances, num_points, labels)


def _assistant_of_map(args: argparse.Namespace) -> Assistant:
    from omd3d_ros.mapping.gravity import estimate_up
    from omd3d_ros.mapping.voxel_map import VoxelMap

    voxels = VoxelMap.load(args.source)
    cloud = voxels.point_cloud()
    assert cloud.normals is not None
    assistant = _load(args.preset, args.up or estimate_up(cloud.normals, voxels.camera_up))
    assistant.set_cloud(cloud)
    return assistant


def _load(preset: str, up: Any) -> Assistant:
    from omd3d_ros.assistant import Assistant

    return Assistant.from_preset(preset, up=up)


def _save_map(folder: Path, assistant: Assistant) -> None:
    from omd3d_ros.pictures import draw_map, save_png

    scene = assistant.scene()
    save_png(folder / "map.png", draw_map(scene.cloud, scene.T_aligned_world[2, :3]))


def _save_answer(folder: Path, number: int, assistant: Assistant, answer: Answer) -> None:
    from omd3d_ros.mapping.cloud_io import write_cloud
    from omd3d_ros.pictures import draw_answer, save_png

    scene = assistant.scene()
    save_png(folder / f"answer-{number}.png", draw_answer(scene.cloud, answer, scene.T_aligned_world[2, :3]))
    if answer.instances:
        points, ids = segmented(answer)
        write_cloud(folder / f"answer-{number}.ply", scene.cloud.select(points), ids)


def segmented(answer: Answer) -> tuple[Any, Any]:
    """Indices into the scene's cloud and the number of the instance (7 of OBJ007) for each, instance by instance."""
    import numpy as np

    points = [np.flatnonzero(i.mask) for i in answer.instances]
    ids = [int("".join(c for c in i.id if c.isdigit()) or 0) for i in answer.instances]
    return np.concatenate(points), np.repeat(ids, [len(p) for p in points])


def _unanswered(id: Any, query: str, error: str) -> dict[str, Any]:
    from omd3d_ros.types import Answer

    return {**Answer(query, "").to_dict(id), "error": error}
