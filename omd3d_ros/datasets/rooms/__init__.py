"""Seeded synthetic rooms: furnished, recorded as RGB-D video, with ground truth and questions."""

from .language import make_queries
from .room import Room, RoomObject, make_room
from .stream import stream_room

__all__ = ["Room", "RoomObject", "make_queries", "make_room", "stream_room"]
