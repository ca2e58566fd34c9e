"""Seeded synthetic rooms: furnished, recorded as RGB-D video, with ground truth and questions."""

from .export import export_rooms, viewer_of
from .grammar import make_queries
from .room import Room, RoomObject, make_room
from .stream import stream_room

__all__ = ["Room", "RoomObject", "export_rooms", "make_queries", "make_room", "stream_room", "viewer_of"]
