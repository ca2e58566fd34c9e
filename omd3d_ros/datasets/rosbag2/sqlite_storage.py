"""The sqlite3 storage: tables ``topics`` and ``messages``, one row a message."""

from __future__ import annotations

import logging
from pathlib import Path

import apsw

from omd3d_ros.datasets.rosbag2.storage import HEAD, ZSTD_MAGIC, Topic, message_type, uncompressed, uncompressed_head
from omd3d_ros.datasets.sources import SourceError

_log = logging.getLogger(__name__)


class SqliteStorage:
    """A .db3 file; the messages up to the first damaged page are found, with a warning.

    types: those whose messages are looked for.  Raises SourceError for a file that is no such database.
    """

    def __init__(self, path: Path, types: frozenset[str]) -> None:
        self.topics: list[Topic] = []
        self._path = path
        try:
            self._database = _open(path)
            self._index(types)
        except (apsw.Error, UnicodeDecodeError) as error:
            raise SourceError(f"{path}: not a readable rosbag2 database ({error})") from error

    def read(self, place: tuple[int, int]) -> bytes:
        """The serialised message; raises ValueError for a damaged page."""
        try:
            with self._database.blob_open("main", "messages", "data", place[0], False) as blob:
                data = blob.read()
        except apsw.Error as error:
            raise ValueError(f"message {place[0]} of {self._path.name} cannot be read ({error})") from error
        return uncompressed(data)

    def _index(self, types: frozenset[str]) -> None:
        by_id: dict[int, Topic] = {}
        formats = set()
        for id, name, type, format in self._database.execute("SELECT id, name, type, serialization_format FROM topics"):
            formats.add(format)
            if format == "cdr":
                by_id[int(id)] = Topic(str(name), message_type(str(type)))
        if formats and not by_id:
            raise SourceError(f"{self._path}: messages are in {', '.join(map(str, formats))}, only cdr is known")
        self.topics = list(by_id.values())
        wanted = {id: topic for id, topic in by_id.items() if topic.type in types}
        found = 0
        try:
            for row, id, time in self._database.execute("SELECT id, topic_id, timestamp FROM messages ORDER BY id"):
                if topic := wanted.get(id):
                    topic.add(time, self._head(row), (row, 0))
                found += 1
        except apsw.Error as error:
            _log.warning("%s is damaged or cut (%s): %d messages before that are used", self._path, error, found)

    def _head(self, row: int) -> bytes:
        # Reads one page, where SELECT would read the whole message.
        with self._database.blob_open("main", "messages", "data", row, False) as blob:
            head = blob.read(min(HEAD, blob.length()))
            if head[:4] == ZSTD_MAGIC:
                blob.seek(0)
                head = uncompressed_head(blob.read())
        return head


def _open(path: Path) -> apsw.Connection:
    """Read only; beside a write-ahead log (a recorder that was killed) that is read too, where the folder allows it."""
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    uri = path.resolve().as_uri()
    has_log = path.with_name(path.name + "-wal").exists()
    database = apsw.Connection(uri if has_log else f"{uri}?immutable=1", flags)
    # Lets a file that is shorter than its header says be read; nothing is written.
    database.execute("PRAGMA writable_schema=ON")
    if has_log:
        try:
            database.execute("SELECT count(*) FROM topics").fetchall()
        except apsw.CantOpenError:
            _log.warning("%s: its write-ahead log cannot be read in this folder, its messages are missing", path)
            database = apsw.Connection(f"{uri}?immutable=1", flags)
    return database
