"""Seeded synthetic rooms: furnished, recorded as RGB-D video, with ground truth and questions."""

from .room import Room, RoomObject, make_room
from .stream import stream_room

__all__ = ["Room", "RoomObject", "make_room", "stream_room"]
