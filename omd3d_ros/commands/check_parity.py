"""``omd3d check-parity``: our modules against fixtures of the reference implementations."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omd3d_ros.parity import Comparison
    from omd3d_ros.parity.registry import Fixture

_EXAMPLES = """\
examples:
  omd3d check-parity fixtures
  omd3d check-parity fixtures/mask_decoder --verbose
  omd3d check-parity fixtures --json

Every fixture folder at or below DIR is run: weights, inputs and outputs of a reference implementation, which ours must
reproduce.  One line each: name, largest absolute error, its tolerance, pass or fail; of quantities with different
tolerances the one that comes closest to its own, or misses it most, is shown.  Exit code 1 if any fails.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d check-parity``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("folder", type=Path, metavar="DIR", help="a fixture folder, or one with fixtures below it")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, with every quantity")
    parser.add_argument("--verbose", action="store_true", help="a line for every quantity too")


def run(args: argparse.Namespace) -> int:
    """Compare each fixture; 1 when one fails, can't be read, or there is none."""
    from omd3d_ros.parity.registry import find_fixtures

    if not args.folder.is_dir():
        raise FileNotFoundError(f"{args.folder}: no such folder")
    fixtures = list(find_fixtures(args.folder))
    if not fixtures:
        raise ValueError(f"{args.folder}: no fixtures at or below it; docs/parity.md says what one looks like")
    width = max(len(name_of(fixture, args.folder)) for fixture in fixtures)
    failed = 0
    for fixture in fixtures:
        result = check(fixture, args.folder)
        failed += not result["passed"]
        if args.json:
            print(json.dumps(_without_infinity(result)), flush=True)
            continue
        print(line(result, width), flush=True)
        for row in result["quantities"] if args.verbose else []:
            print(f"    {row['what']}: {row['error']:.2e} of {row['tolerance']:.0e}{'' if row['passed'] else '  FAIL'}")
    if not args.json:
        print(f"{len(fixtures) - failed} of {len(fixtures)} fixtures pass")
    return 1 if failed else 0


def check(fixture: Fixture, root: Path) -> dict[str, Any]:
    """What came of one fixture, as ``--json`` prints it."""
    from omd3d_ros.parity import FixtureError

    result: dict[str, Any] = {"name": name_of(fixture, root), "kind": fixture.kind, "passed": False}
    try:
        quantities = fixture.compare()
    except FixtureError as error:
        return {**result, "reason": str(error), "quantities": []}
    except Exception as error:  # a fixture that breaks our code is a failure of that fixture, not of the run
        return {**result, "reason": f"{type(error).__name__}: {error}", "quantities": []}
    if not quantities:
        return {**result, "reason": "nothing in it could be compared", "quantities": []}
    worst = max(quantities, key=lambda q: (q.severity, q.error))
    return {
        **result,
        "passed": all(q.passed for q in quantities),
        "error": worst.error,
        "tolerance": worst.tolerance,
        "worst": worst.what,
        "quantities": [_row(q) for q in quantities],
    }


def line(result: dict[str, Any], width: int) -> str:
    """``mask_decoder  7.63e-06  tolerance 1e-05  pass  (55 quantities, worst: batch.masks)``."""
    if "error" not in result:
        return f"{result['name']:<{width}}  {'-':>8}  {'':15}  fail  ({' '.join(result['reason'].split())})"
    failing = sum(not q["passed"] for q in result["quantities"])
    count = f"{failing} of {len(result['quantities'])} fail" if failing else f"{len(result['quantities'])} quantities"
    return (
        f"{result['name']:<{width}}  {result['error']:8.2e}  tolerance {result['tolerance']:.0e}  "
        f"{'pass' if result['passed'] else 'fail'}  ({count}, worst: {result['worst']})"
    )


def name_of(fixture: Fixture, root: Path) -> str:
    """The fixture's path below ``root``, or its own name."""
    relative = fixture.folder.relative_to(root).as_posix()
    return fixture.folder.resolve().name if relative == "." else relative


def _without_infinity(value: Any) -> Any:
    """JSON has no infinity: null there."""
    if isinstance(value, dict):
        return {k: _without_infinity(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_infinity(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _row(quantity: Comparison) -> dict[str, Any]:
    return {
        "what": quantity.what, "error": quantity.error, "tolerance": quantity.tolerance, "passed": quantity.passed
    }  # fmt: skip
