"""The compiled loops of the convolution: rows of features times a panel of weights, summed in vector registers.

The innermost is written as LLVM IR, because only explicit vectors keep the sums of a group of rows in registers over
all channels; LLVM lowers the vectors to what the processor has.  It shares a file with the loops around it since
numba's cache of a function looks at the function's own file only; sizes from other files are arguments.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
PANEL = 2 * LANES
"""Output channels that are computed together."""


def _wide_registers() -> bool:
    """32 registers of 16 floats, not 16 registers of 8."""
    try:
        return bool(llvm.get_host_cpu_features().get("avx512f"))
    except RuntimeError:  # llvmlite does not know this kind of processor
        return False


ROWS = 8 if _wide_registers() else 3
"""Rows that are multiplied together: their sums fill the registers, with room for one panel row of weights."""

_FLOAT = ir.FloatType()
_INT32 = ir.IntType(32)
_INT64 = ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)


def _products_of_rows(
    typing_context: Any, source: Any, rows: Any, weights: Any, panel: Any, sums: Any, targets: Any, start: Any
) -> Any:
    """sums[targets[start + r]] += source[rows[start + r]] @ weights[panel:panel + C] for r in range(ROWS).

    source (N, C), weights (., PANEL) and sums (., PANEL) float32, rows and targets int32, all contiguous.
    Targets must differ from one another, but for one that collects what nobody reads.
    """
    signature = types.void(source, rows, weights, types.int64, sums, targets, types.int64)
    return signature, _emit


_add_products: Any = intrinsic(_products_of_rows)


def _emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
    source, rows, weights, panel, sums, targets, start = arguments
    arrays = {
        name: context.make_array(signature.args[position])(context, builder, value)
        for name, position, value in (
            ("source", 0, source),
            ("rows", 1, rows),
            ("weights", 2, weights),
            ("sums", 4, sums),
            ("targets", 5, targets),
        )
    }
    channels = cgutils.unpack_tuple(builder, arrays["source"].shape)[1]

    def row_pointer(array: str, number: ir.Value, length: ir.Value | int) -> ir.Value:
        length = ir.Constant(_INT64, length) if isinstance(length, int) else length
        return builder.gep(arrays[array].data, [builder.mul(number, length)])

    def indirect(array: str, r: int) -> ir.Value:
        place = builder.gep(arrays[array].data, [builder.add(start, ir.Constant(_INT64, r))])
        return builder.sext(builder.load(place), _INT64)

    inputs = [row_pointer("source", indirect("rows", r), channels) for r in range(ROWS)]
    products = _product_loop(builder, inputs, row_pointer("weights", panel, PANEL), channels)
    for r in range(ROWS):
        target = row_pointer("sums", indirect("targets", r), PANEL)
        for half in range(2):
            place = _vector_at(builder, target, half)
            summed = builder.fadd(builder.load(place, align=4), products[2 * r + half])
            builder.store(summed, place, align=4)
    return context.get_dummy_value()


def _vector_at(builder: ir.IRBuilder, base: ir.Value, half: int) -> ir.Value:
    pointer = builder.gep(base, [ir.Constant(_INT64, half * LANES)])
    return builder.bitcast(pointer, _VECTOR.as_pointer())


def _product_loop(
    builder: ir.IRBuilder, inputs: list[ir.Value], weights: ir.Value, channels: ir.Value
) -> list[ir.Value]:
    """The vectors (row, half) of inputs[row][:channels] @ weights, channel after channel."""
    zero = ir.Constant(_VECTOR, [0.0] * LANES)
    multiply_add = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    fma = cgutils.get_or_insert_function(builder.module, multiply_add, f"llvm.fma.v{LANES}f32")
    before = builder.block
    loop = builder.append_basic_block("channels")
    after = builder.append_basic_block("products")
    builder.branch(loop)
    builder.position_at_end(loop)
    channel = builder.phi(_INT64)
    products = [builder.phi(_VECTOR) for _ in range(2 * len(inputs))]
    row = builder.gep(weights, [builder.mul(channel, ir.Constant(_INT64, PANEL))])
    halves = [builder.load(_vector_at(builder, row, half), align=4) for half in range(2)]
    updated = []
    for r, pointer in enumerate(inputs):
        scalar = builder.load(builder.gep(pointer, [channel]))
        value = _broadcast(builder, scalar)
        updated += [builder.call(fma, [value, halves[half], products[2 * r + half]]) for half in range(2)]
    following = builder.add(channel, ir.Constant(_INT64, 1))
    builder.cbranch(builder.icmp_signed("<", following, channels), loop, after)
    channel.add_incoming(ir.Constant(_INT64, 0), before)
    channel.add_incoming(following, loop)
    for product, new in zip(products, updated, strict=True):
        product.add_incoming(zero, before)
        product.add_incoming(new, loop)
    builder.position_at_end(after)
    return updated


def _broadcast(builder: ir.IRBuilder, scalar: ir.Value) -> ir.Value:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_INT32, LANES), [0] * LANES))


@njit(cache=True, nogil=True)
def convolve_tasks(first, last, source, packed, rows, targets, bounds, tile_size, plus, affine, out):
    """Tasks first to last of panels times tiles; arguments as in tiles.Tiles and tile_convolution.convolve_tiles,
    plus (0, 0) or affine (2, 0) for none."""
    tiles = -(-len(out) // tile_size)
    offsets = (len(bounds) - 1) // max(tiles, 1)
    inputs = source.shape[1]
    sums = np.empty((tile_size + 1, PANEL), np.float32)
    for task in range(first, last):
        panel, tile = task // tiles, task % tiles
        sums[:] = 0
        for k in range(offsets):
            weights = (panel * offsets + k) * inputs
            for start in range(bounds[tile * offsets + k], bounds[tile * offsets + k + 1], ROWS):
                _add_products(source, rows, packed, weights, sums, targets, start)
        _store(sums[:tile_size], tile * tile_size, panel * PANEL, plus, affine, out)


@njit(cache=True, nogil=True)
def _store(sums, row, channel, plus, affine, out):
    size, width = min(len(sums), len(out) - row), min(PANEL, out.shape[1] - channel)
    for i in range(size):
        if len(plus):
            for c in range(width):
                sums[i, c] += plus[row + i, channel + c]
        if affine.shape[1]:
            for c in range(width):
                value = sums[i, c] * affine[0, channel + c] + affine[1, channel + c]
                out[row + i, channel + c] = np.float32(0) if value < 0 else value
        else:
            for c in range(width):
                out[row + i, channel + c] = sums[i, c]


@njit(cache=True, nogil=True)
def affine_relu_rows(first, last, block, source, affine, out):
    """Blocks first to last of rows: max(source * affine[0] + affine[1], 0)."""
    for i in range(first * block, min(last * block, len(out))):
        for c in range(out.shape[1]):
            value = source[i, c] * affine[0, c] + affine[1, c]
            out[i, c] = np.float32(0) if value < 0 else value


@njit(cache=True, nogil=True)
def join_blocks(first, last, block, left, right, out):
    """Blocks first to last of rows: left, then right."""
    width = left.shape[1]
    for i in range(first * block, min(last * block, len(out))):
        for c in range(width):
            out[i, c] = left[i, c]
        for c in range(right.shape[1]):
            out[i, width + c] = right[i, c]


@njit(cache=True, nogil=True)
def pack_kernels(first, last, kernels, packed):
    """Tasks first to last of panels times kernel cells: kernels (K, Cin, Cout) to rows of PANEL channels."""
    offsets, inputs, outputs = kernels.shape
    for task in range(first, last):
        panel, k = task // offsets, task % offsets
        begin, width = panel * PANEL, min(PANEL, outputs - panel * PANEL)
        rows = packed[task * inputs : (task + 1) * inputs]
        if width < PANEL:
            rows[:] = 0
        for c in range(width):
            for i in range(inputs):
                rows[i, c] = kernels[k, i, begin + c]
