"""Floor, walls and ceiling of a gravity-aligned cloud, told apart from the flat things on them by colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .superpoint_geometry import SuperpointGeometry

_ON_PLANE = 0.07  # metres: what lies within it of a plane is on the plane
_COLOR = 0.09  # distance in opponent colours at which a thing on a wall is not the wall
_POINT_AREA = 4e-4  # square metres: about one point per 2 cm
_RARE = 0.15  # share of a wall's points below which the room's wall colour is not this wall's
_NEW = 0.1  # share of a plane's points that no plane before it has
_MIN_WALL_AREA = 0.5  # square metres seen
_MIN_WALL_LENGTH = 0.8  # metres, as the next five
_MIN_WALL_HEIGHT = 0.5
_MIN_WALL_TOP = 1.2
_BEHIND = 0.12  # beyond it a point lies behind the wall
_BESIDE = 0.5  # a wall shows beside what stands before it, so look for it there,
_LONG = 1.8  # but not beside long planes: no furniture is as long, and walls have niches and corners
_MOST_BEHIND = 0.15  # points behind, as a share of the wall's own


@dataclass
class RoomStructure:
    """(M,) bool each. structure: floor, wall or ceiling; flat: on one of them but of another colour (a poster, a rug,
    a door); both False: the rest."""

    structure: np.ndarray
    flat: np.ndarray


@dataclass
class _Plane:
    normal: np.ndarray  # towards the room
    offset: float


def room_structure(geometry: SuperpointGeometry) -> RoomStructure:
    """Find it from superpoints in the aligned frame: the floor is at z = 0, walls are the large upright planes that
    have next to nothing behind them, the ceiling is what looks down from the top."""
    m = len(geometry.counts)
    found = RoomStructure(np.zeros(m, bool), np.zeros(m, bool))
    floor = _Plane(np.array([0.0, 0.0, 1.0]), 0.0)
    walls = _walls(geometry)
    for plane in (floor, *_ceilings(geometry)):
        _claim(geometry, found, [_on(geometry, plane)], 1.5 * _COLOR)
    _claim(geometry, found, [_on(geometry, plane) for plane in walls], _COLOR)
    near = np.sum([_within(geometry, plane) for plane in (floor, *_turned_apart(walls))], 0)
    found.structure |= (near >= 2) & ~found.flat  # skirting, corners
    found.flat &= ~found.structure
    return found


def _turned_apart(planes: list[_Plane]) -> list[_Plane]:
    """Of planes that are nearly parallel, the first."""
    kept: list[_Plane] = []
    for plane in planes:
        if all(plane.normal @ other.normal < 0.95 for other in kept):
            kept.append(plane)
    return kept


def _claim(geometry: SuperpointGeometry, found: RoomStructure, surfaces: list[np.ndarray], color: float) -> None:
    """Of the superpoints on each surface (M,), those in the colour that most of all surfaces have, or most of this
    one where that colour is rare on it, are structure; the others lie flat on it."""
    together = np.any(surfaces, axis=0) if surfaces else np.zeros(len(geometry.counts), bool)
    if not together.any():
        return
    common = _alike(geometry, together, color)
    for on in surfaces:
        own = on & common
        if geometry.counts[own].sum() < _RARE * geometry.counts[on].sum():
            own = _alike(geometry, on, color)
        found.structure |= own
        found.flat |= on & ~own


def _alike(geometry: SuperpointGeometry, among: np.ndarray, color: float) -> np.ndarray:
    """(M,) bool: those within ``color`` of the superpoint that has most points so near to it."""
    index = np.flatnonzero(among)
    near = np.linalg.norm(geometry.color[index, None] - geometry.color[None, index], axis=2) < color
    alike = np.zeros(len(among), bool)
    alike[index[near[(near * geometry.counts[index]).sum(1).argmax()]]] = True
    return alike


def _within(geometry: SuperpointGeometry, plane: _Plane) -> np.ndarray:
    distance = np.abs(geometry.center @ plane.normal - plane.offset)
    return distance + 2 * geometry.spread_along(plane.normal) < _ON_PLANE


def _on(geometry: SuperpointGeometry, plane: _Plane, cosine: float = 0.8) -> np.ndarray:
    return _within(geometry, plane) & (geometry.normal @ plane.normal > cosine)


def _ceilings(geometry: SuperpointGeometry) -> list[_Plane]:
    down = np.flatnonzero((geometry.normal[:, 2] < -0.9) & (geometry.center[:, 2] > 1.8))
    if len(down) == 0:
        return []
    heights = geometry.center[down, 2]
    share = ((np.abs(heights[:, None] - heights) < _ON_PLANE) * geometry.counts[down]).sum(1)
    if share.max() * _POINT_AREA < _MIN_WALL_AREA:
        return []
    return [_Plane(np.array([0.0, 0.0, -1.0]), -heights[share.argmax()])]


def _walls(geometry: SuperpointGeometry) -> list[_Plane]:
    upright = (np.abs(geometry.normal[:, 2]) < 0.2) & (geometry.agreement > 0.9)
    free, claimed = upright.copy(), np.zeros_like(upright)
    walls = []
    for seed in np.argsort(-geometry.counts, kind="stable"):
        if not free[seed]:
            continue
        plane = _fitted(geometry, upright, seed)
        members = _on(geometry, plane, 0.95) & upright
        free[members] = False
        free[seed] = False
        new = geometry.counts[members & ~claimed].sum() > _NEW * geometry.counts[members].sum()
        if new and _is_wall(geometry, plane, members):  # a long wall of a real map bends: several planes
            walls.append(plane)
            claimed |= members
    return walls


def _fitted(geometry: SuperpointGeometry, upright: np.ndarray, seed: int) -> _Plane:
    """The upright plane through the points that lie on the seed's, found in a few rounds."""
    normal = geometry.normal[seed] * (1, 1, 0)
    normal /= np.linalg.norm(normal)
    plane = _Plane(normal, float(geometry.center[seed] @ normal))
    for _ in range(4):
        members = _on(geometry, plane, 0.95) & upright
        if not members.any():
            break
        weight = geometry.counts[members] / geometry.counts[members].sum()
        middle = weight @ geometry.center[members]
        apart = geometry.center[members] - middle
        spread = np.einsum("m,mij->ij", weight, geometry.covariance[members] + apart[:, :, None] * apart[:, None, :])
        thin = np.linalg.eigh(spread[:2, :2])[1][:, 0]
        normal = np.array([*thin, 0.0]) * np.sign(thin @ plane.normal[:2])
        plane = _Plane(normal, float(middle @ normal))
    return plane


def _is_wall(geometry: SuperpointGeometry, plane: _Plane, members: np.ndarray) -> bool:
    own = geometry.counts[members].sum()
    if own * _POINT_AREA < _MIN_WALL_AREA:
        return False
    along = np.array([-plane.normal[1], plane.normal[0], 0.0])
    reach = geometry.center @ along
    half = np.abs(geometry.high - geometry.low) @ np.abs(along) / 2
    first, last = (reach - half)[members].min(), (reach + half)[members].max()
    top = geometry.high[members, 2].max()
    height = top - geometry.low[members, 2].min()
    if last - first < _MIN_WALL_LENGTH or height < _MIN_WALL_HEIGHT or top < _MIN_WALL_TOP:
        return False
    behind = geometry.center @ plane.normal < plane.offset - _BEHIND
    margin = _BESIDE if last - first < _LONG else 0.0
    beside = (reach > first - margin) & (reach < last + margin)
    return bool(geometry.counts[behind & beside].sum() < _MOST_BEHIND * own)
