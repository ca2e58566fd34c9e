"""The inner loop of the convolution: rows of features times a panel of weights, summed in vector registers.

Written as LLVM IR because only explicit vectors keep the sums of a group of rows in registers over all channels;
LLVM lowers the vectors to what the processor has.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
PANEL = 2 * LANES
"""Output channels that are computed together."""

ROWS = 8 if llvm.get_host_cpu_features().get("avx512f") else 3
"""Rows that are multiplied together: their sums fill the registers, with room for one panel row of weights."""

_FLOAT = ir.FloatType()
_INT32 = ir.IntType(32)
_INT64 = ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)


@intrinsic
def add_products(
    typing_context: Any, source: Any, rows: Any, weights: Any, panel: Any, sums: Any, targets: Any, start: Any
) -> Any:
    """sums[targets[start + r]] += source[rows[start + r]] @ weights[panel:panel + C] for r in range(ROWS).

    source (N, C), weights (., PANEL) and sums (., PANEL) float32, rows and targets int32, all contiguous.
    Targets must differ from one another, but for one that collects what nobody reads.
    """
    signature = types.void(source, rows, weights, types.int64, sums, targets, types.int64)
    return signature, _emit


def _emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
    source, rows, weights, panel, sums, targets, start = arguments
    arrays = {
        name: context.make_array(signature.args[position])(context, builder, value)
        for name, position, value in (
            ("source", 0, source), ("rows", 1, rows), ("weights", 2, weights), ("sums", 4, sums), ("targets", 5, targets),
        )
    }  # fmt: skip
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
