"""Sizes of a Uni3D point encoder, and those of the published ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Uni3DConfig:
    """embed_dim, depth, num_heads, mlp_ratio: of the transformer; its MLP is ``int(embed_dim * mlp_ratio)`` wide.

    swiglu: blocks of EVA-02 (gated MLP with a norm inside, separate q, k and v) instead of EVA's (GELU, one matrix
    for q, k and v).  num_group, group_size: neighbourhoods, and points in each; pc_encoder_dim: features of one;
    out_dim: of the result.  Raises ValueError for sizes that make no encoder.
    """

    embed_dim: int
    depth: int
    num_heads: int
    mlp_ratio: float
    swiglu: bool = False
    num_group: int = 512
    group_size: int = 64
    pc_encoder_dim: int = 512
    out_dim: int = 1024

    def __post_init__(self) -> None:
        sizes = ("embed_dim", "depth", "num_heads", "num_group", "group_size", "pc_encoder_dim", "out_dim")
        for name in sizes:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.embed_dim % self.num_heads:
            raise ValueError(f"embed_dim must be a multiple of num_heads {self.num_heads}, got {self.embed_dim}")
        if self.mlp_width < 1:
            raise ValueError(f"mlp_ratio must be positive, got {self.mlp_ratio}")

    @property
    def mlp_width(self) -> int:
        return int(self.embed_dim * self.mlp_ratio)


UNI3D_SIZES = {
    "giant": Uni3DConfig(embed_dim=1408, depth=40, num_heads=16, mlp_ratio=6144 / 1408),
    "large": Uni3DConfig(embed_dim=1024, depth=24, num_heads=16, mlp_ratio=4 * 2 / 3, swiglu=True),
}
