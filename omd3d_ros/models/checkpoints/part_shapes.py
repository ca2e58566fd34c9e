"""Names and shapes of the tensors of SPFormer's and Uni3D's networks, from their sizes: what a whole file must hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Shape = tuple[int, ...]
Named = Iterator[tuple[str, Shape]]


def point_extractor_shapes(config: Mapping[str, Any]) -> dict[str, Shape]:
    """Of the sparse U-Net; config: input_channel, blocks, block_reps, media."""
    return dict(_point_extractor(**{k: config[k] for k in ("input_channel", "blocks", "block_reps", "media")}))


def query_decoder_shapes(config: Mapping[str, Any]) -> dict[str, Shape]:
    """Of SPFormer's query decoder; config: num_layer, num_query, num_class, in_channel, d_model, hidden_dim."""
    return dict(_query_decoder(config))


def uni3d_shapes(config: Mapping[str, Any]) -> dict[str, Shape]:
    """Of a Uni3D point encoder; config: embed_dim, depth, mlp_ratio, swiglu, pc_encoder_dim, out_dim."""
    return dict(_uni3d(config))


def _point_extractor(input_channel: int, blocks: int, block_reps: int, media: int) -> Named:
    yield "input_conv.0.weight", (media, 3, 3, 3, input_channel)
    yield from _unet_level("unet.", [media * (level + 1) for level in range(blocks)], block_reps)
    yield from _batch_norm("output_layer.0.", media)


def _query_decoder(config: Mapping[str, Any]) -> Named:
    width, hidden, inside = config["d_model"], config["hidden_dim"], config["in_channel"]
    yield "query.weight", (config["num_query"], width)
    yield from _linear("input_proj.0.", inside, width)
    yield from _norm("input_proj.1.", width)
    for layer in range(config["num_layer"]):
        for kind in ("cross_attn_layers", "self_attn_layers"):
            yield from _attention(f"{kind}.{layer}.attn.", width)
            yield from _norm(f"{kind}.{layer}.norm.", width)
        yield from _linear(f"ffn_layers.{layer}.net.0.", width, hidden)
        yield from _linear(f"ffn_layers.{layer}.net.3.", hidden, width)
        yield from _norm(f"ffn_layers.{layer}.norm.", width)
    yield from _norm("out_norm.", width)
    heads = (("out_cls", width, config["num_class"] + 1), ("out_score", width, 1), ("x_mask", inside, width))
    for head, start, out in heads:
        yield from _linear(f"{head}.0.", start, width)
        yield from _linear(f"{head}.2.", width, out)


def _uni3d(config: Mapping[str, Any]) -> Named:
    width, group = config["embed_dim"], config["pc_encoder_dim"]
    yield from ((name, (1, 1, width)) for name in ("cls_token", "cls_pos"))
    for conv, sizes in (("first_conv", (6, 128, 256)), ("second_conv", (512, 512, group))):
        yield from _linear(f"encoder.{conv}.0.", sizes[0], sizes[1], 1)
        yield from _batch_norm(f"encoder.{conv}.1.", sizes[1])
        yield from _linear(f"encoder.{conv}.3.", sizes[1], sizes[2], 1)
    yield from _linear("encoder2trans.", group, width)
    yield from _linear("trans2embed.", width, config["out_dim"])
    yield from _linear("pos_embed.0.", 3, 128)
    yield from _linear("pos_embed.2.", 128, width)
    block = _eva02_block if config["swiglu"] else _eva_block
    for layer in range(config["depth"]):
        yield from block(f"visual.blocks.{layer}.", width, int(width * config["mlp_ratio"]))
    yield from _norm("visual.fc_norm.", width)


def _eva_block(at: str, width: int, hidden: int) -> Named:
    yield from _norm(f"{at}norm1.", width)
    yield from ((f"{at}attn.{bias}", (width,)) for bias in ("q_bias", "v_bias"))
    yield f"{at}attn.qkv.weight", (3 * width, width)
    yield from _linear(f"{at}attn.proj.", width, width)
    yield from _norm(f"{at}norm2.", width)
    yield from _linear(f"{at}mlp.fc1.", width, hidden)
    yield from _linear(f"{at}mlp.fc2.", hidden, width)


def _eva02_block(at: str, width: int, hidden: int) -> Named:
    yield from _norm(f"{at}norm1.", width)
    for name in ("q_proj", "v_proj", "proj"):
        yield from _linear(f"{at}attn.{name}.", width, width)
    yield f"{at}attn.k_proj.weight", (width, width)
    yield from _norm(f"{at}norm2.", width)
    for name in ("fc1_g", "fc1_x"):
        yield from _linear(f"{at}mlp.{name}.", width, hidden)
    yield from _norm(f"{at}mlp.norm.", hidden)
    yield from _linear(f"{at}mlp.fc2.", hidden, width)


def _unet_level(at: str, widths: list[int], repeats: int) -> Named:
    width = widths[0]
    for i in range(repeats):
        yield from _residual_block(f"{at}blocks.block{i}.", width, width)
    if len(widths) == 1:
        return
    yield from _batch_norm(f"{at}conv.0.", width)
    yield f"{at}conv.2.weight", (widths[1], 2, 2, 2, width)
    yield from _unet_level(f"{at}u.", widths[1:], repeats)
    yield from _batch_norm(f"{at}deconv.0.", widths[1])
    yield f"{at}deconv.2.weight", (width, 2, 2, 2, widths[1])
    for i in range(repeats):
        yield from _residual_block(f"{at}blocks_tail.block{i}.", width if i else 2 * width, width)


def _residual_block(at: str, inside: int, outside: int) -> Named:
    if inside != outside:
        yield f"{at}i_branch.0.weight", (outside, 1, 1, 1, inside)
    yield from _batch_norm(f"{at}conv_branch.0.", inside)
    yield f"{at}conv_branch.2.weight", (outside, 3, 3, 3, inside)
    yield from _batch_norm(f"{at}conv_branch.3.", outside)
    yield f"{at}conv_branch.5.weight", (outside, 3, 3, 3, outside)


def _attention(at: str, width: int) -> Named:
    yield f"{at}in_proj_weight", (3 * width, width)
    yield f"{at}in_proj_bias", (3 * width,)
    yield from _linear(f"{at}out_proj.", width, width)


def _linear(at: str, inside: int, outside: int, *kernel: int) -> Named:
    yield f"{at}weight", (outside, inside, *kernel)
    yield f"{at}bias", (outside,)


def _norm(at: str, width: int) -> Named:
    yield from ((f"{at}{name}", (width,)) for name in ("weight", "bias"))


def _batch_norm(at: str, width: int) -> Named:
    yield from _norm(at, width)
    yield from ((f"{at}{name}", (width,)) for name in ("running_mean", "running_var"))
    yield f"{at}num_batches_tracked", ()
