"""The report of an evaluation: intervals, kinds of failure, cases, and a page in which text stays text."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from fixture_copies import copy_fixture
from scipy.stats import binomtest

from omd3d_ros import cli
from omd3d_ros.evaluation import outcomes as o
from omd3d_ros.evaluation.intervals import bootstrap, interval, wilson
from omd3d_ros.evaluation.outcomes import Outcome, set_failure
from omd3d_ros.evaluation.prediction_file import LeftOut
from omd3d_ros.evaluation.report import Metric, Picture, Report, Section, write_report
from omd3d_ros.evaluation.report.cases import best_cases, worst_cases
from omd3d_ros.evaluation.text_outcomes import word_overlap

SCRIPT = "<script>alert(1)</script>"
CAT = {1: "chair", 2: "chair", 3: "table"}


class Page(HTMLParser):
    """The elements of a page, where they lead to, and its text."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def outcome(failure: str | None = None, score: float = 0.0, **fields: str) -> Outcome:
    texts = {"where": "record 0", "kind": "unique", "question": "q", "expected": "e", "answered": "a", **fields}
    return Outcome(score=score, failure=failure, **texts)


@pytest.mark.parametrize(("hits", "count"), [(0, 10), (1, 10), (10, 10), (37, 120), (1, 1)])
def test_wilson_is_that_of_scipy(hits: int, count: int) -> None:
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    ours = wilson(hits, count)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert (ours.method, ours.count) == ("Wilson", count)


def test_bootstrap_is_near_the_normal_approximation_for_many_values() -> None:
    values = np.random.default_rng(3).uniform(size=4000)
    half = 1.96 * values.std() / np.sqrt(len(values))
    ours = bootstrap(values)
    assert (ours.low, ours.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)
    assert ours == bootstrap(values)


def test_shares_get_wilson_other_means_the_bootstrap_and_nothing_none() -> None:
    shares, means = interval([0, 1.0, 1]), interval([0.2, 0.4])
    assert shares and shares.method == "Wilson"
    assert (
        means and means.method == "bootstrap" and means.low == pytest.approx(0.2) and means.high == pytest.approx(0.4)
    )
    assert interval([]) is None


@pytest.mark.parametrize(
    ("answered", "true", "sizes", "failure"),
    [
        ([1], [1], (2.0, 5.0), o.TOO_SMALL),
        ([1], [1], (7.0, 5.0), o.TOO_LARGE),
        ([2], [1], (5.0, 5.0), o.SAME_CLASS),
        ([3], [1], (5.0, 5.0), o.OTHER_CLASS),
        ([-1], [1], (5.0, 5.0), o.NO_OBJECT),
        ([1], [1, 2], (5.0, 9.0), o.MISSING),
        ([1, 3], [1], (9.0, 5.0), o.TOO_MANY),
        ([3, 2], [1, 2], (9.0, 9.0), o.OTHER_CLASS),
    ],
)
def test_how_a_set_of_objects_is_wrong(
    answered: list[int], true: list[int], sizes: tuple[float, float], failure: str
) -> None:
    assert set_failure(answered, true, CAT, *sizes) == failure


def test_word_overlap() -> None:
    assert word_overlap("the red chair", "a red chair.") == pytest.approx(2 / 3)  # 2 of 3 words either way
    assert word_overlap("", "") == 0.0


def test_cases_take_turns() -> None:
    wrong = [outcome(o.NOTHING, 0.1), outcome(o.NOTHING, 0.0), outcome(o.OTHER_CLASS, 0.3), outcome(None, 1.0)]
    assert worst_cases(wrong, 2) == [wrong[1], wrong[2]]
    assert worst_cases(wrong, 9) == [wrong[1], wrong[2], wrong[0]]
    right = [outcome(None, 0.8), outcome(None, 0.9), outcome(None, 0.7, kind="multiple"), outcome(o.NOTHING)]
    assert best_cases(right, 2) == [right[1], right[2]]


def test_every_text_is_escaped(tmp_path: Path) -> None:
    wrong = outcome(SCRIPT, 0.0, where=SCRIPT, kind=SCRIPT, question=SCRIPT, expected=SCRIPT, answered=SCRIPT)
    metric = Metric(SCRIPT, 0.5, wilson(1, 2))
    report = Report(
        title=SCRIPT,
        facts={SCRIPT: SCRIPT},
        sections=[Section(SCRIPT, [metric], SCRIPT)],
        outcomes=[wrong],
        items=SCRIPT,
        right_means=SCRIPT,
        left_out=[LeftOut(SCRIPT, SCRIPT)],
        notes=[SCRIPT],
    )
    page = Page(write_report(tmp_path, report, lambda _: [Picture(SCRIPT, np.zeros((4, 4, 3), np.uint8))]))
    assert "script" not in page.tags
    assert page.text.count(SCRIPT) >= 14
    assert page.links == ["pictures/worst-01-1.png"]


def test_a_report_of_predictions_is_complete(
    reference_fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_fixture(reference_fixtures / "eval_scanrefer", tmp_path / "fixture")
    records = json.loads((folder / "preds.json").read_text())
    records[0]["pred"] = SCRIPT
    del records[1]["gt_id"]
    (folder / "preds.json").write_text(json.dumps(records))
    arguments = ["--predictions", folder / "preds.json", "--task", "scanrefer", "--annotations", folder]
    report = tmp_path / "report"
    assert cli.main(["eval", *map(str, arguments), "--allow-missing", "--report", str(report)]) == 0
    assert str(report / "index.html") in capsys.readouterr().out
    page = Page(report / "index.html")
    assert "script" not in page.tags and SCRIPT in page.text
    assert page.links == []
    for said in ("Unique Acc@0.50", "Seg mIoU", "Wilson", "bootstrap", "Right by type", "nothing answered"):
        assert said in page.text
    assert "has no field 'gt_id'" in page.text
    assert page.tags.count("article") == 13  # worst and best cases are all of the 13 that were scored


def test_scores_without_interval_and_without_value(tmp_path: Path) -> None:
    section = Section("Scores", [Metric("CIDEr", 2.5), Metric("sofa.ap", float("nan"))])
    page = Page(write_report(tmp_path, Report("t", {}, [section], [], "records", "r")))
    assert "2.500" in page.text and "nan" not in page.text


def test_a_report_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="a report is a folder"):
        write_report(tmp_path / "file", Report("t", {}, [], [], "records", "r"))
