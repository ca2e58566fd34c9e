"""The Java programs of the caption scores, as processes that end when their use ends, however it ends."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

_LINE_BREAKS = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")


class JavaError(RuntimeError):
    """A Java program that did not start, stopped, or took too long; the message ends with what it wrote."""


def java_available() -> bool:
    """Whether there is a ``java`` command that runs (the macOS stub without a runtime does not)."""
    if shutil.which("java") is None:
        return False
    try:
        return subprocess.run(["java", "-version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def ptb_tokenize(sentences: Sequence[str], timeout: float = 600.0) -> list[str]:
    """Sentences as the caption scores compare them: Penn Treebank tokens in lower case, without punctuation, joined by
    single blanks.  Raises JavaError; timeout in seconds."""
    if not sentences:
        return []
    folder = _package_folder() / "tokenizer"
    from pycocoevalcap.tokenizer.ptbtokenizer import PUNCTUATIONS, STANFORD_CORENLP_3_4_1_JAR

    jar = folder / STANFORD_CORENLP_3_4_1_JAR
    command = ["java", "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase"]
    text = "\n".join(_LINE_BREAKS.sub(" ", sentence) for sentence in sentences)
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=timeout)
    except OSError as error:
        raise JavaError(f"the PTB tokeniser does not start: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise JavaError(f"the PTB tokeniser took longer than {timeout:g} s for {len(sentences)} sentences") from error
    lines = done.stdout.decode().split("\n")
    if done.returncode != 0 or len(lines) < len(sentences):
        raise JavaError(f"the PTB tokeniser failed (exit code {done.returncode}): {done.stderr.decode()[-500:]}")
    dropped = set(PUNCTUATIONS)
    return [" ".join(w for w in line.rstrip().split(" ") if w not in dropped) for line in lines[: len(sentences)]]


class Meteor:
    """METEOR 1.5 for English, as a context manager: ``with Meteor() as meteor: meteor.score(candidates, references)``.

    timeout: seconds for one call of score, after which the process is ended and JavaError raised.
    """

    def __init__(self, timeout: float = 600.0) -> None:
        self._timeout = timeout

    def __enter__(self) -> Meteor:
        folder = _package_folder() / "meteor"
        from pycocoevalcap.meteor.meteor import METEOR_JAR

        # A file, not a pipe: a pipe that nobody reads fills up and stops the process.
        self._messages = tempfile.TemporaryFile()
        command = ["java", "-jar", "-Xmx2G", METEOR_JAR, "-", "-", "-stdio", "-l", "en", "-norm"]
        try:
            self._process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._messages
            )
        except OSError as error:
            self._messages.close()
            raise JavaError(f"METEOR does not start: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        self._messages.close()

    def score(self, candidates: Sequence[str], references: Sequence[Sequence[str]]) -> float:
        """Corpus score of tokenised candidates, each with one or more tokenised references."""
        watchdog = threading.Timer(self._timeout, self._process.kill)
        watchdog.start()
        try:
            statistics = [self._ask(_score_line(c, r)) for c, r in zip(candidates, references, strict=True)]
            self._ask(" ||| ".join(["EVAL", *statistics]))  # answers with the first sentence's score
            for _ in statistics[1:]:
                self._line()
            return float(self._line())
        finally:
            watchdog.cancel()

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise self._failure() from error
        return self._line()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._failure()
        return line.decode().strip()

    def _failure(self) -> JavaError:
        self._process.wait()
        self._messages.seek(0)
        message = self._messages.read()[-500:].decode(errors="replace").strip()
        return JavaError(f"METEOR stopped, or took longer than {self._timeout:g} s: {message}")


def _score_line(candidate: str, references: Sequence[str]) -> str:
    """A request for one sentence's statistics; the separator can't be part of a text."""
    candidate = candidate.replace("|||", "").replace("  ", " ")
    return " ||| ".join(["SCORE", *(reference.replace("|||", "") for reference in references), candidate])


def _package_folder() -> Path:
    spec = find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        raise JavaError("pycocoevalcap is not installed; it brings the programs of the caption scores")
    return Path(next(iter(spec.submodule_search_locations)))
