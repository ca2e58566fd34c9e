"""Questions about a building of up to 10,000 objects: whether the right ones are among the few chosen, and the cost.

    python benchmarks/many_objects.py [--quick] [--json FILE] [--only recall,cost] [--first-room SEED] [--noise SHARE]

Recall, of what a text model is shown: of a question about one thing, an object that is right is among the chosen; about
several, at most as many as may be chosen: the share of them that is.  The rooms from seed 0 on were used to develop the
choice; those from the default seed on were not.

Cost, of a second question: each question is put to scenes of all sizes in turn, in milliseconds of the process's own
time.  nano runs its programs on all objects.  The text model (random weights, the published prompt) has the prompt of
100 objects kept, and reads those that are chosen of more anew; beside it, the same with nothing kept.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402 - after the number of threads is set
import torch  # noqa: E402
from building import Building, a_building, can_be_asked, noisy_labels, right_objects, scene_of  # noqa: E402

from omd3d_ros.benchmarking.random_llama import CHANNELS, random_llama  # noqa: E402
from omd3d_ros.language.answering import answer_query  # noqa: E402
from omd3d_ros.language.packaged_programs import packaged_programs  # noqa: E402
from omd3d_ros.language.scene_reading import readings_of  # noqa: E402
from omd3d_ros.language.selection import ObjectSelector  # noqa: E402
from omd3d_ros.models.loading import load_model  # noqa: E402
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor  # noqa: E402
from omd3d_ros.models.presets import load_preset  # noqa: E402

SIZES = (100, 1000, 10_000)
LIMIT = 100
FIRST_ROOM = 900_000
WIDTH, LAYERS, TOKENS = 512, 8, 16  # of the text model and its answers
ONE = ("find", "where", "color", "material")
SEVERAL = ("all", "what", "count", "exists")
KINDS = ("one", "one, of which there is only one", "several")


def recall(building: Building, count: int, noise: float) -> dict[str, Any]:
    """Of ``count`` questions about a building, by whether one or several objects are meant."""
    reader = packaged_programs()
    labels = noisy_labels(building.table, noise, reader.encoder)
    selector = ObjectSelector(labels, building.table.boxes, reader, building.rgb)
    order = np.random.default_rng(3).permutation(len(building.questions))
    hits: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for question in (building.questions[i] for i in order):
        root = str(question["program"][0])
        if root not in (*ONE, *SEVERAL) or not can_be_asked(question):
            continue
        right = right_objects(question, building)
        if not right.any() or (root in SEVERAL and right.sum() > LIMIT):
            continue
        found = int(right[selector.choose(question["query"], LIMIT)].sum())
        if root in SEVERAL:
            hits["several"].append(found / right.sum())
        else:
            hits["one"].append(float(found > 0))
            if right.sum() == 1:
                hits["one, of which there is only one"].append(float(found > 0))
        if len(hits["one"]) + len(hits["several"]) >= count:
            break
    return {kind: {"questions": len(h), "recall": round(float(np.mean(h)), 4) if h else None}
            for kind, h in hits.items()}  # fmt: skip


def cost(building: Building, sizes: tuple[int, ...], count: int) -> dict[str, dict[str, float]]:
    """Milliseconds of an answer, for each model and number of objects."""
    rng = np.random.default_rng(5)
    queries = [q["query"] for q in building.questions if can_be_asked(q)]
    queries = [queries[i] for i in rng.permutation(len(queries))[:count]]
    models = {"nano": load_model(load_preset("nano").weights, "cpu"),
              "text model": random_llama(WIDTH, LAYERS, LIMIT, TOKENS)}  # fmt: skip
    out: dict[str, dict[str, float]] = {}
    for name, (model, processor) in models.items():
        ask = [_asker(building, size, model, processor) for size in sizes]
        out[name] = _in_turn(ask, sizes, queries, lambda: None)
        if model.config.text_encoder is None:
            out[f"{name}, nothing kept"] = _in_turn(ask, sizes, queries, readings_of(model).clear)
    return out


def _asker(
    building: Building, size: int, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor
) -> Callable[[str], Any]:
    """A question about the building's first objects, their scene read before where all of it is shown."""
    channels, media = 2 * CHANNELS, 8
    if model.config.text_encoder is not None:
        channels, media = model.object_tokens.channels[0], model.category_columns.start
    scene = scene_of(building, size, channels, media)
    if model.config.text_encoder is not None:
        columns = [model.config.categories.index(i.label) for i in scene.instances]
        names = 0.3 * np.random.default_rng(1).dirichlet(np.full(len(model.config.categories), 0.05), size)
        names[np.arange(size), columns] += 0.7
        scene.object_features[:, model.category_columns] = names
    return lambda query: answer_query(scene, query, model, processor)


def _in_turn(
    ask: list[Callable[[str], Any]], sizes: tuple[int, ...], queries: list[str], before: Callable[[], None]
) -> dict[str, float]:
    """Median milliseconds of each, after a first question that does not count; ``before`` comes before each."""
    for one in ask:
        one(queries[0])
    times: list[list[float]] = [[] for _ in ask]
    for query in queries[1:]:
        for one, taken in zip(ask, times, strict=True):
            before()
            start = time.process_time()
            one(query)
            taken.append(1e3 * (time.process_time() - start))
    return {str(size): round(statistics.median(taken), 2) for size, taken in zip(sizes, times, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes and few questions, to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", default="recall,cost", help="recall, cost or both (both)")
    parser.add_argument("--objects", type=int, metavar="K", help="of the building (10,000)")
    parser.add_argument("--first-room", type=int, default=FIRST_ROOM, metavar="SEED", help=f"({FIRST_ROOM:,})")
    parser.add_argument("--noise", type=float, default=0.05, metavar="SHARE", help="of wrong labels (0.05)")
    parser.add_argument("--questions", type=int, metavar="N", help="for the recall (600)")
    parser.add_argument("--asked", type=int, metavar="N", help="for the costs (40)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    objects = args.objects or (300 if args.quick else max(SIZES))
    sizes = tuple(size for size in (100, 300) if args.quick) or tuple(size for size in SIZES if size <= objects)
    building = a_building(objects, args.first_room)
    out: dict[str, Any] = {"noise": args.noise, "chosen": LIMIT, "objects": objects, "first_room": args.first_room}
    if "recall" in args.only:
        out["recall"] = recall(building, args.questions or (20 if args.quick else 600), args.noise)
        print(f"{LIMIT} of {objects:,} objects chosen, {args.noise:.0%} of the labels wrong\n")
        print("| a question about | questions | recall |\n| --- | ---: | ---: |")
        for kind, row in out["recall"].items():
            print(f"| {kind} | {row['questions']} | {row['recall']} |")
    if "cost" in args.only:
        out["answer_ms"] = cost(building, sizes, args.asked or (4 if args.quick else 40))
        print("\n| model | objects | answer ms | to the smallest |\n| --- | ---: | ---: | ---: |")
        for name, row in out["answer_ms"].items():
            for size in sizes:
                print(f"| {name} | {size:,} | {row[str(size)]:.1f} | {row[str(size)] / row[str(sizes[0])]:.2f} |")
    if args.json:
        args.json.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
