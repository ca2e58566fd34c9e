"""Questions about a building of up to 10,000 objects: whether the right ones are among the few chosen, and the cost.

    python benchmarks/many_objects.py [--quick] [--json FILE] [--noise SHARE]

Synthetic rooms stand side by side.  A share of the objects has the label of one of the kinds most like its own, as a
detector's mistakes would be.  Questions come from the rooms' grammar, each once; what is right, its program says, run
on the true objects.  Recall of a question about one thing: an object that is right is among the chosen; about several,
at most as many as may be chosen: the share of them that is.  Costs of the sizes take turns, in milliseconds of the
process's own time: choosing, and choosing with a model that then reads the chosen and the question.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402 - after the number of threads is set
import torch  # noqa: E402

from omd3d_ros.benchmarking.measuring import in_turns  # noqa: E402
from omd3d_ros.benchmarking.prefix_cost import TOKENS  # noqa: E402
from omd3d_ros.benchmarking.random_llama import CHANNELS, random_llama  # noqa: E402
from omd3d_ros.datasets.rooms.grammar import make_queries  # noqa: E402
from omd3d_ros.datasets.rooms.room import make_room  # noqa: E402
from omd3d_ros.datasets.rooms.truth import CATEGORIES, truth_table  # noqa: E402
from omd3d_ros.language.execution import ObjectTable, members  # noqa: E402
from omd3d_ros.language.generation import generate  # noqa: E402
from omd3d_ros.language.program import Step, parse  # noqa: E402
from omd3d_ros.language.program.operations import RANKED  # noqa: E402
from omd3d_ros.language.prompt import SceneTokens  # noqa: E402
from omd3d_ros.language.selection import ObjectSelector  # noqa: E402
from omd3d_ros.models.text_encoder import TextEncoder  # noqa: E402

SIZES = (100, 1000, 10_000)
LIMIT = 100
CORRIDOR = 2.0  # metres between rooms
ALIKE = 5  # kinds that a thing may be taken for
RIGHT = 0.9  # share of the best membership from which an object is right
ONE = ("find", "where", "color", "material")
SEVERAL = ("all", "what", "count", "exists")


def a_building(objects: int) -> tuple[ObjectTable, list[tuple[ObjectTable, int]], list[dict[str, Any]]]:
    """Its first ``objects`` objects; its rooms' tables with the number of their first object; questions."""
    rooms: list[tuple[ObjectTable, int]] = []
    questions: list[dict[str, Any]] = []
    boxes: list[np.ndarray] = []
    count, x = 0, 0.0
    while count < objects:
        room = make_room(len(rooms))
        table, _ = truth_table(room)
        questions += make_queries(room, np.random.default_rng(len(rooms)), 4)
        boxes.append(table.boxes + [x, 0, 0, 0, 0, 0])
        rooms.append((table, count))
        x += room.size[0] + CORRIDOR
        count += len(table)
    tables = [table for table, _ in rooms]
    joined = {name: np.concatenate([getattr(t, name) for t in tables]) for name in
              ("exists", "names", "colors", "materials", "shapes")}  # fmt: skip
    low_high = np.array([[0.0, 0.0], [x, max(t.low_high[1, 1] for t in tables)]])
    return ObjectTable(np.concatenate(boxes), categories=CATEGORIES, low_high=low_high, **joined), rooms, questions


def right_objects(question: dict[str, Any], building: ObjectTable, rooms: list[tuple[ObjectTable, int]]) -> np.ndarray:
    """(K,) bool; relations hold within rooms, and the largest and the nearest are of the whole building."""
    (argument, *_) = parse(question["program"]).arguments
    spans = {(n["start"], n["end"]): np.isin(CATEGORIES, list(n["categories"])) for n in question["nouns"]}

    def run(table: ObjectTable) -> np.ndarray:
        return members(argument, table, lambda step: table.names @ spans[step.start, step.end])

    ranked = any(step.operation in RANKED for step in argument.steps())
    found = run(building) if ranked else np.concatenate([run(table) for table, _ in rooms])
    best = found.max(initial=0.0)
    return found >= RIGHT * best if best > 0.5 else np.zeros(len(found), bool)


def noisy_labels(table: ObjectTable, share: float, encoder: TextEncoder) -> list[str]:
    rng = np.random.default_rng(7)
    embedded = encoder.embed(CATEGORIES).cpu().numpy()
    alike = np.argsort(-(embedded @ embedded.T), axis=1)[:, 1 : 1 + ALIKE]
    own = table.names.argmax(1)
    taken = np.where(rng.random(len(own)) < share, alike[own, rng.integers(ALIKE, size=len(own))], own)
    return [CATEGORIES[i] for i in taken]


def recall(count: int, objects: int, noise: float, encoder: TextEncoder) -> dict[str, Any]:
    """Of ``count`` questions about a building, by whether one or several objects are meant."""
    building, rooms, questions = a_building(objects)
    selector = ObjectSelector(noisy_labels(building, noise, encoder), building.boxes, encoder)
    asked = np.random.default_rng(3).permutation(len(questions))
    hits: dict[str, list[float]] = {"one": [], "one, of which there is only one": [], "several": []}
    for question in (questions[i] for i in asked):
        root = str(question["program"][0])
        if root not in (*ONE, *SEVERAL) or "previous" in question or _relative(parse(question["program"])):
            continue
        right = right_objects(question, building, rooms)
        if not right.any() or (root in SEVERAL and right.sum() > LIMIT):
            continue
        found = right[selector.choose(question["query"], LIMIT)].sum()
        if root in SEVERAL:
            hits["several"].append(found / right.sum())
        else:
            hits["one"].append(float(found > 0))
            if right.sum() == 1:
                hits["one, of which there is only one"].append(float(found > 0))
        if sum(map(len, hits.values())) >= count:
            break
    return {
        kind: {"questions": len(h), "recall": round(float(np.mean(h)), 4) if h else None} for kind, h in hits.items()
    }


def _relative(program: Step) -> bool:
    """To a viewer, whom a building does not have, or to the answer before."""
    viewed = (
        "last",
        "stand",
        "face",
        "closest",
        "remotest",
        "leftmost",
        "rightmost",
        "left",
        "right",
        "front",
        "behind",
    )
    return any(s.operation in viewed or s.operation.startswith("my_") for s in program.steps())


def costs(sizes: tuple[int, ...], rounds: int, encoder: TextEncoder) -> dict[str, dict[str, float]]:
    """Milliseconds for each number of objects."""
    building, _, questions = a_building(max(sizes))
    queries = iter([q["query"] for q in questions] * 100)
    labels = noisy_labels(building, 0.0, encoder)
    model, processor = random_llama(256, 4, LIMIT, TOKENS)
    selectors = {n: ObjectSelector(labels[:n], building.boxes[:n], encoder) for n in sizes}
    features = torch.randn(LIMIT, 2 * CHANNELS)

    def answer(size: int) -> None:
        query = next(queries)
        chosen = selectors[size].choose(query, LIMIT)
        boxes = torch.from_numpy(selectors[size].boxes[chosen]).float()
        scene = SceneTokens(features[: len(chosen)], boxes, torch.arange(len(chosen)))
        generate(scene, processor.question(query), model, processor)

    choosing = cpu_times({str(n): lambda n=n: selectors[n].choose(next(queries), LIMIT) for n in sizes}, rounds)
    answering = cpu_times({str(n): lambda n=n: answer(n) for n in sizes}, rounds)
    return {"choose_ms": choosing, "answer_ms": answering}


def cpu_times(calls: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each call, of the process's own time; the calls take turns."""

    def timed(call: Callable[[], Any]) -> float:
        start = time.process_time()
        call()
        return 1e3 * (time.process_time() - start)

    times = in_turns({name: partial(timed, call) for name, call in calls.items()}, rounds)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes and few turns, to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--noise", type=float, default=0.05, metavar="SHARE", help="of wrong labels (0.05)")
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    torch.set_num_threads(1)
    sizes, rounds, count = ((100, 300), 2, 20) if args.quick else (SIZES, args.rounds, 600)
    encoder = TextEncoder.from_pretrained()
    out: dict[str, Any] = {"noise": args.noise, "chosen": LIMIT, "objects": max(sizes)}
    out["recall"] = recall(count, max(sizes), args.noise, encoder)
    print(f"{LIMIT} of {max(sizes)} objects chosen, {args.noise:.0%} of the labels wrong\n")
    print("| a question about | questions | recall |\n| --- | ---: | ---: |")
    for kind, row in out["recall"].items():
        print(f"| {kind} | {row['questions']} | {row['recall']} |")
    out |= costs(sizes, rounds, encoder)
    print("\n| objects | choose ms | choose, read and answer ms | to the smallest |\n| ---: | ---: | ---: | ---: |")
    first = out["answer_ms"][str(sizes[0])]
    for n in map(str, sizes):
        choose, answer = out["choose_ms"][n], out["answer_ms"][n]
        print(f"| {n} | {choose:.1f} | {answer:.1f} | {answer / first:.2f} |")
    if args.json:
        args.json.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
