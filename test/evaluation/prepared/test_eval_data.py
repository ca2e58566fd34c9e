"""``omd3d eval --data``: a model's answers saved and scored, resumed, by several processes, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_data import write_data, write_model

from omd3d_ros import cli
from omd3d_ros.evaluation import captions
from omd3d_ros.evaluation.prepared import answer_files
from omd3d_ros.evaluation.prepared.answer_files import AnswerWriter

FIELDS = {"scene_id", "gt_id", "pred_id", "qid", "prompt", "pred", "ref_captions", "type_info", "spiou"}
RECORDS = ("multi3dref", "nr3d", "scan2cap", "scanqa", "scanrefer", "sqa3d")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("preset"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "data")


@pytest.fixture(autouse=True)
def without_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Java takes seconds to start, and its scores have tests of their own."""
    monkeypatch.setattr(captions, "why_left_out", lambda: "they are not what is tested here")


@pytest.fixture
def run(data: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """What the command prints as JSON; with another exit code its last line of errors."""

    def command(out: Path, *arguments: object, code: int = 0) -> Any:
        chosen = {"--data": data, "--preset": model, "--out": out}
        given = [item for name, value in chosen.items() if name not in arguments for item in (name, value)]
        assert cli.main(["eval", *map(str, (*given, *arguments, "--quiet", "--json"))]) == code
        captured = capsys.readouterr()
        return json.loads(captured.out) if code == 0 else captured.err.strip().splitlines()[-1]

    return command


@pytest.fixture(scope="module")
def unbroken(data: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of one run that nothing interrupted, on ScanRefer and Multi3DRefer."""
    out = tmp_path_factory.mktemp("unbroken")
    arguments = ["eval", "--data", data, "--preset", model, "--out", out, "--tags", "scanrefer#multi3dref", "--quiet"]
    assert cli.main(list(map(str, arguments))) == 0
    return out


def results(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.glob("*.json")}


def test_saved_records_are_complete_and_score_the_same(run: Callable[..., Any], tmp_path: Path) -> None:
    scores = run(tmp_path)
    assert json.loads((tmp_path / "scores.json").read_text()) == scores
    assert sorted(scores["tasks"]) == [*RECORDS[:2], "obj_align", "reason_seg", *RECORDS[2:]]
    said = set()
    for task in RECORDS:
        file = tmp_path / f"predictions_{task}.json"
        records = json.loads(file.read_text())
        assert all(record.keys() == FIELDS for record in records)
        said.update(record["pred"] for record in records)
        again = scored(file, task, tmp_path / "annotations")
        direct = scores["tasks"][task]
        assert again["count"] == direct["count"] == len(records)
        assert again["scores"] == {name: v for name, v in direct["scores"].items() if "ask " not in name}
    assert len(said) > 5  # a model that always says the same would make this test an easy one
    again = scored(tmp_path / "predictions_reason_seg.npz", "reason_seg", tmp_path / "annotations")
    assert again == scores["tasks"]["reason_seg"]


def scored(file: Path, task: str, annotations: Path) -> dict[str, Any]:
    from omd3d_ros.evaluation.tasks import evaluate

    return evaluate(file, task, annotations).to_dict()


def test_an_interrupted_run_goes_on_where_it_stopped(
    run: Callable[..., Any], unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at the fourth answer, which is half written; the other five are asked then."""
    added = []
    add = AnswerWriter.add

    def until_killed(writer: AnswerWriter, *what: Any) -> None:
        added.append(what)
        if len(added) == 4:
            writer._file.write(b'{"task": "scanrefer", "sam')
            raise KeyboardInterrupt
        add(writer, *what)

    monkeypatch.setattr(AnswerWriter, "add", until_killed)
    tags = ("--tags", "scanrefer#multi3dref")
    assert run(tmp_path, *tags, code=130) == "omd3d: interrupted"
    assert results(tmp_path) == {}
    run(tmp_path, *tags)
    assert len(added) == 4 + 8 - 3
    assert results(tmp_path) == {**results(unbroken), "scores.json": (tmp_path / "scores.json").read_bytes()}
    run(tmp_path, *tags)
    assert len(added) == 4 + 8 - 3  # nothing is left to ask
    ours, theirs = (json.loads((out / "scores.json").read_text()) for out in (tmp_path, unbroken))
    assert ours == theirs


def test_the_number_of_processes_changes_nothing(run: Callable[..., Any], unbroken: Path, tmp_path: Path) -> None:
    run(tmp_path, "--tags", "scanrefer#multi3dref", "--workers", 2)
    assert results(tmp_path) == results(unbroken)


def test_processes_of_torchrun_share_the_work(data: Path, model: Path, unbroken: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--rdzv-backend", "c10d"]
    command += ["--rdzv-endpoint", "localhost:0", "-m", "omd3d_ros", "eval", "--data", str(data)]
    command += ["--preset", str(model), "--out", str(tmp_path), "--tags", "scanrefer#multi3dref"]
    done = subprocess.run(command, check=True, timeout=180, capture_output=True, text=True)
    assert done.stdout.count("scanrefer: 4 scored") == 1
    assert len(list((tmp_path / "answers").glob("rank-*.jsonl"))) == 2
    assert results(tmp_path) == results(unbroken)


def test_a_few_questions_of_each_task(run: Callable[..., Any], tmp_path: Path) -> None:
    scores = run(tmp_path, "--limit", 1)
    assert {task["count"] for task in scores["tasks"].values()} == {1}
    run(tmp_path, "--limit", 2)  # the first answers are known, and the next are of the other scene
    scenes = [record["scene_id"] for record in json.loads((tmp_path / "predictions_scanrefer.json").read_text())]
    assert scenes == ["made_a", "made_b"]


def test_shuffled_identifiers_are_mapped_back(run: Callable[..., Any], tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    for out in (first, again):
        run(out, "--tags", "scanrefer", "--shuffle-ids", 1)
    assert results(first) == results(again)
    message = run(first, "--tags", "scanrefer", "--shuffle-ids", 2, code=1)
    assert "holds answers of another run (other shuffle_ids)" in message


def test_a_page_for_each_task(run: Callable[..., Any], tmp_path: Path) -> None:
    run(tmp_path / "out", "--tags", "scanrefer#multi3dref", "--report", tmp_path / "report")
    for task in ("scanrefer", "multi3dref"):
        assert "Superpoint mask mIoU" in (tmp_path / "report" / task / "index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--tags", "scanrefer#sr3d"), 1, "has no tag 'sr3d'; there are: multi3dref"),
        (("--tags", "scanqa", "--split", "training"), 1, "'scanqa' has no sample in split 'train'; there are: val (2)"),
        (("--split", "test"), 1, "has no sample in split 'test'; there are: train, val"),
        (("--data", "nowhere"), 1, "nowhere holds no prepared data (there is no such folder)"),
        (("--preset", "nothing"), 1, "no preset 'nothing'"),
        (("--preset", "openmaskdino3d_tiny"), 1, "there are no weights in"),
        (("--limit", "0"), 2, "--workers and --limit must be at least 1"),
        (("--task", "scanrefer"), 2, "--task goes with --predictions"),
        (("--predictions", "preds.json"), 2, "give --predictions F and --task T, or --data DIR"),
    ],
)
def test_what_can_not_be_asked_is_said_before(
    run: Callable[..., Any], tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    assert message in run(tmp_path / "out", *arguments, code=code)
    assert not (tmp_path / "out").exists()


def test_features_of_another_model(run: Callable[..., Any], tmp_path: Path) -> None:
    other = write_model(tmp_path, input_dim=16)
    message = run(tmp_path / "out", "--preset", other, code=1)
    assert "the data has 12 and 24, the model reads 16 and 24: prepare the data for this model" in message
    other = write_model(tmp_path / "media", point_extractor={"blocks": 2, "block_reps": 1, "media": 4})
    assert "features of a superpoint: the data has 8, the model reads 4" in run(
        tmp_path / "out", "--preset", other, code=1
    )
    assert not (tmp_path / "out").exists()


def test_damaged_answers_are_named(run: Callable[..., Any], tmp_path: Path) -> None:
    run(tmp_path, "--tags", "scanrefer")
    (tmp_path / "answers" / "rank-000.jsonl").write_text('{"task": "scanrefer"}\n')
    assert "rank-000.jsonl line 1 is damaged" in run(tmp_path, "--tags", "scanrefer", code=1)
    (tmp_path / "answers" / answer_files._RUN).write_text("[]")
    assert "run.json is damaged" in run(tmp_path, "--tags", "scanrefer", code=1)
