"""Nouns of two words and names of makes, as people say them of things that no list holds."""

from __future__ import annotations

from .voice import Voice

_FIRST = (
    "coffee", "tea", "spice", "tool", "paint", "bike", "dog", "cat", "shoe", "pasta", "biscuit", "guest",
    "meeting room",
    "garden", "sewing", "office", "reception", "lab", "network", "phone", "camera", "laptop", "bread", "sugar", "soup",
    "hand", "bottle", "paper", "file", "visitor", "key", "cereal", "wine", "honey", "medicine", "cleaning", "safety",
    "welding", "workshop", "hallway", "balcony", "kids'", "baby", "birthday", "photo", "music", "fishing", "ski", "gym",
    "drill", "sanding", "measuring", "packing", "delivery", "recycling", "charging", "HDMI", "USB", "ethernet", "VR",
    "label", "card", "letter", "magnet", "herb", "salad", "ice cream", "rice", "egg", "pizza", "vegetable", "gift",
)  # fmt: skip
_SECOND = (
    "cable", "tin", "drawer", "holder", "cart", "stand", "hook", "kit", "trolley", "dispenser", "container", "sign",
    "adapter", "bucket", "cover", "machine", "organiser", "caddy", "folder", "timer", "scoop", "grinder", "station",
    "reader", "scanner", "cutter", "gun", "press", "opener", "peeler", "sleeve", "pad", "pouch", "hub", "dock",
    "board", "hose", "filter", "tube", "pump", "roller", "clamp", "gauge", "mould", "warmer", "cooler", "strainer",
)  # fmt: skip
_MAKE_STARTS = (
    "Bra",
    "Ko",
    "Zen",
    "Mi",
    "Lux",
    "No",
    "Ve",
    "Tra",
    "Hel",
    "Sam",
    "Ikt",
    "Pha",
    "Ny",
    "Dy",
    "Osk",
    "Fel",
)
_MAKE_ENDS = (
    "tron",
    "ko",
    "lax",
    "vik",
    "nor",
    "dell",
    "sun",
    "pad",
    "tec",
    "ra",
    "by",
    "rex",
    "ly",
    "ma",
    "bo",
    "son",
)
_MADE = (
    "drill", "laptop", "vacuum", "mixer", "speaker", "kettle", "monitor", "printer", "chair", "shelf", "tablet",
    "headset", "router", "blender", "watch", "charger", "camera", "coffee machine", "toaster", "bag", "fan",
)  # fmt: skip


def some_compound(voice: Voice) -> str:
    """ "spice tin", "Kolax drill", "Zenpad"."""
    if voice.chance(0.25):
        make = voice.pick(_MAKE_STARTS) + voice.pick(_MAKE_ENDS)
        return make if voice.chance(0.3) else f"{make} {voice.pick(_MADE)}"
    return f"{voice.pick(_FIRST)} {voice.pick(_SECOND)}"
