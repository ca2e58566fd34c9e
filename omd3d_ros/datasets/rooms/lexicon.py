"""The words: names of things, colours and materials, wider terms, and what things are good for.

The first name of a thing is its plain one; of the other names a fixed 15 % are held out for the ``words`` split.
"""

from __future__ import annotations

from zlib import crc32

# category: names as "singular" or "singular/plural" where the plural is not + s.
NAMES: dict[str, tuple[str, ...]] = {
    "chair": ("chair", "seat", "dining chair"),
    "stool": ("stool", "bar stool", "backless seat"),
    "sofa": ("sofa", "couch/couches", "settee", "loveseat"),
    "armchair": ("armchair", "easy chair", "lounge chair", "recliner"),
    "bench": ("bench/benches", "long seat"),
    "bed": ("bed", "mattress/mattresses", "sleeping place"),
    "dining table": ("dining table", "kitchen table", "dinner table", "table"),
    "desk": ("desk", "work desk", "writing desk", "workstation", "office table"),
    "coffee table": ("coffee table", "low table", "sofa table", "cocktail table"),
    "side table": ("side table", "end table", "occasional table"),
    "nightstand": ("nightstand", "bedside table", "night table", "bedside cabinet"),
    "dresser": ("dresser", "chest of drawers/chests of drawers", "bureau", "drawer unit"),
    "wardrobe": ("wardrobe", "closet", "armoire", "clothes cabinet"),
    "cabinet": ("cabinet", "cupboard", "storage cabinet", "sideboard"),
    "wall cupboard": ("wall cupboard", "wall cabinet", "upper cabinet", "hanging cupboard", "overhead cabinet"),
    "counter": ("counter", "kitchen counter", "worktop", "countertop", "work surface"),
    "sink": ("sink", "basin", "washbasin", "kitchen sink"),
    "stove": ("stove", "oven", "cooker", "range", "hob"),
    "range hood": ("range hood", "extractor hood", "cooker hood", "exhaust hood"),
    "microwave": ("microwave", "microwave oven"),
    "refrigerator": ("refrigerator", "fridge", "icebox/iceboxes", "cooler"),
    "dishwasher": ("dishwasher", "dish washer", "dishwashing machine"),
    "washing machine": ("washing machine", "washer", "laundry machine"),
    "kettle": ("kettle", "electric kettle", "water boiler", "tea kettle"),
    "toaster": ("toaster", "bread toaster"),
    "coffee machine": ("coffee machine", "coffee maker", "espresso machine"),
    "dish rack": ("dish rack", "drying rack", "draining rack"),
    "paper tray": ("paper tray", "letter tray"),
    "cutting board": ("cutting board", "chopping board", "bread board"),
    "shelf": ("shelf/shelves", "shelving unit", "rack", "shelf unit"),
    "wall shelf": ("wall shelf/wall shelves", "shelf/shelves", "ledge", "wall board", "hanging shelf/hanging shelves"),
    "bookcase": ("bookcase", "bookshelf/bookshelves", "book rack"),
    "tv stand": ("tv stand", "tv bench/tv benches", "media console", "television stand"),
    "mug": ("mug", "cup", "coffee mug", "coffee cup", "teacup"),
    "bowl": ("bowl", "dish/dishes", "fruit bowl"),
    "plate": ("plate", "dinner plate", "saucer"),
    "glass": ("glass/glasses", "drinking glass/drinking glasses", "tumbler", "water glass/water glasses"),
    "bottle": ("bottle", "flask", "water bottle", "drink bottle"),
    "jar": ("jar", "preserving jar", "canister", "jam jar"),
    "pot": ("pot", "saucepan", "cooking pot", "casserole"),
    "book": ("book", "volume", "paperback", "novel"),
    "books": ("row of books/rows of books", "set of books/sets of books", "stack of books/stacks of books"),
    "magazine": ("magazine", "journal", "brochure", "periodical"),
    "newspaper": ("newspaper", "daily paper", "paper"),
    "paper": ("sheet of paper/sheets of paper", "paper", "document", "leaflet"),
    "box": ("box/boxes", "carton", "package", "case"),
    "storage box": (
        "storage box/storage boxes",
        "plastic box/plastic boxes",
        "tub",
        "plastic container",
        "storage bin",
    ),
    "basket": ("basket", "hamper", "wicker basket"),
    "laptop": ("laptop", "notebook computer", "computer", "portable computer"),
    "monitor": ("monitor", "computer screen", "display", "screen"),
    "keyboard": ("keyboard", "computer keyboard"),
    "tv": ("tv", "television", "tv set", "telly/tellies", "flat screen"),
    "lamp": ("lamp", "light", "reading light", "lampshade"),
    "plant": ("plant", "potted plant", "houseplant", "pot plant", "greenery/greenery"),
    "vase": ("vase", "flower vase", "urn"),
    "picture": ("picture", "painting", "framed picture", "artwork"),
    "poster": ("poster", "print", "notice", "wall print"),
    "picture frame": ("picture frame", "photo frame", "framed photo", "framed card"),
    "whiteboard": ("whiteboard", "dry-erase board", "marker board", "writing board"),
    "mirror": ("mirror", "looking glass/looking glasses", "wall mirror"),
    "clock": ("clock", "wall clock", "timepiece"),
    "door": ("door", "doorway", "room door"),
    "window": ("window", "window pane", "glass window"),
    "curtain": ("curtain", "drape", "window curtain"),
    "rug": ("rug", "carpet", "mat", "floor mat"),
    "radiator": ("radiator", "heater", "heating"),
    "towel": ("towel", "hand towel", "kitchen towel", "tea towel"),
    "jacket": ("jacket", "coat", "hanging coat", "piece of clothing/pieces of clothing"),
    "power socket": ("power socket", "power outlet", "wall socket", "electrical outlet", "plug socket"),
    "trash can": ("trash can", "bin", "waste basket", "garbage can", "rubbish bin", "dustbin", "wastebasket"),
    "backpack": ("backpack", "rucksack", "school bag", "knapsack"),
    "bag": ("bag", "handbag", "tote bag", "shopping bag"),
    "pillow": ("pillow", "cushion", "throw pillow"),
    "shoes": ("pair of shoes/pairs of shoes", "shoes/shoes", "sneakers/sneakers", "footwear/footwear"),
    "teddy bear": ("teddy bear", "teddy/teddies", "stuffed animal", "plush toy", "soft toy"),
    "toy": ("toy", "plaything", "children's toy"),
    "ball": ("ball", "play ball"),
    "remote control": ("remote control", "remote", "tv remote", "clicker"),
    "game controller": ("game controller", "gamepad", "controller", "joypad"),
    "phone": ("phone", "mobile phone", "smartphone", "cell phone", "telephone"),
    "tissue box": ("tissue box/tissue boxes", "box of tissues/boxes of tissues", "tissues/tissues"),
    "object": ("object", "thing", "item"),
}

# Names that stretch over several categories: (name, what it always means, what it may also mean).  When something of
# the last kind is in sight the name is not used.
SHARED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("table", ("dining table", "coffee table", "side table"), ("desk", "nightstand")),
    ("chair", ("chair",), ("armchair",)),
    ("seat", ("chair", "armchair", "stool"), ("sofa", "bench")),
    ("cabinet", ("cabinet", "wall cupboard"), ("wardrobe", "dresser", "nightstand", "tv stand")),
    ("cupboard", ("cabinet", "wall cupboard"), ("wardrobe", "dresser", "nightstand")),
    ("shelf/shelves", ("shelf", "wall shelf"), ("bookcase",)),
    ("rack", ("shelf",), ("dish rack", "bookcase", "wall shelf")),
    ("screen", ("monitor", "tv"), ("laptop",)),
    ("display", ("monitor", "tv"), ("laptop",)),
    ("picture", ("picture",), ("poster", "picture frame")),
    ("painting", ("picture",), ("poster",)),
    ("framed picture", ("picture", "picture frame"), ()),
    ("print", ("poster",), ("picture",)),
    ("book", ("book",), ("books",)),
    ("paper", ("paper", "newspaper"), ("magazine", "poster")),
    ("box/boxes", ("box",), ("storage box", "tissue box")),
    ("storage box/storage boxes", ("storage box",), ("box",)),
    ("plastic box/plastic boxes", ("storage box",), ("box",)),
    ("storage bin", ("storage box",), ("trash can",)),
    ("bin", ("trash can",), ("storage box",)),
    ("case", ("box",), ("storage box",)),
    ("bag", ("bag", "backpack"), ()),
    ("school bag", ("backpack",), ("bag",)),
    ("computer", ("laptop",), ("monitor",)),
    ("light", ("lamp",), ()),
    ("glass/glasses", ("glass",), ()),
    ("dish/dishes", ("bowl",), ("plate",)),
    ("pot", ("pot",), ("plant", "vase")),
    ("paper tray", ("paper tray",), ()),
    ("toy", ("toy", "ball", "teddy bear"), ("game controller",)),
    ("soft toy", ("teddy bear",), ()),
    ("remote", ("remote control",), ()),
    ("controller", ("game controller",), ("remote control",)),
    ("journal", ("magazine",), ("book",)),
    ("mat", ("rug",), ()),
    ("notice", ("poster",), ("paper",)),
    ("volume", ("book",), ("books", "magazine")),
    ("novel", ("book",), ("books",)),
    ("paperback", ("book",), ("books",)),
    ("mattress/mattresses", ("bed",), ()),
    ("sideboard", ("cabinet",), ("dresser", "tv stand", "wall cupboard")),
    ("storage cabinet", ("cabinet",), ("wardrobe", "dresser", "wall cupboard")),
    ("low table", ("coffee table",), ("side table",)),
    ("closet", ("wardrobe",), ()),
    ("heater", ("radiator",), ()),
    ("oven", ("stove",), ("microwave",)),
    ("range", ("stove",), ()),
    ("washer", ("washing machine",), ("dishwasher",)),
    ("cooler", ("refrigerator",), ()),
    ("basin", ("sink",), ("bowl",)),
    ("canister", ("jar",), ("box",)),
    ("flat screen", ("tv",), ("monitor",)),
    ("board", ("whiteboard", "cutting board"), ("wall shelf",)),
)

COLOR_NAMES: dict[str, tuple[str, ...]] = {
    "white": ("white", "snow-white", "whitish", "off-white"),
    "black": ("black", "jet-black", "pitch-black"),
    "grey": ("grey", "gray", "silver", "slate", "greyish"),
    "red": ("red", "crimson", "scarlet", "dark red", "reddish"),
    "green": ("green", "emerald", "greenish"),
    "blue": ("blue", "navy", "bluish", "azure"),
    "yellow": ("yellow", "golden", "yellowish"),
    "orange": ("orange", "tangerine"),
    "purple": ("purple", "violet", "lilac", "mauve"),
    "pink": ("pink", "rose", "rosy"),
    "brown": ("brown", "tan", "brownish", "chestnut"),
    "beige": ("beige", "cream", "sand-coloured", "ivory"),
}

MATERIAL_NAMES: dict[str, tuple[str, ...]] = {
    "wooden": ("wooden", "wood", "timber", "oak"),
    "metal": ("metal", "metallic", "steel"),
    "plastic": ("plastic", "synthetic"),
    "fabric": ("fabric", "cloth", "textile", "upholstered"),
    "leather": ("leather",),
    "glass": ("glass",),
    "ceramic": ("ceramic", "porcelain", "china"),
    "cardboard": ("cardboard", "carton"),
    "stone": ("stone", "granite"),
    "wicker": ("wicker", "woven", "rattan"),
}
MADE_OF = {"wooden": "wood"}

# Neighbouring colours that two people would name differently.
NEAR_COLORS = (
    {"white", "beige"}, {"white", "grey"}, {"black", "grey"}, {"brown", "beige"}, {"orange", "yellow"}, {"orange",
      "red"},
    {"orange", "brown"}, {"pink", "purple"}, {"pink", "red"}, {"blue", "purple"}, {"red", "brown"}, {"beige",
      "yellow"},
    {"black", "brown"}, {"beige", "orange"}, {"yellow", "brown"},
)  # fmt: skip

# Wider terms: name/plural -> categories.
_FURNITURE = (
    "chair", "stool", "sofa", "armchair", "bench", "bed", "dining table", "desk", "coffee table", "side table",
    "nightstand",
    "dresser", "wardrobe", "cabinet", "shelf", "bookcase", "tv stand", "wall cupboard",
)  # fmt: skip
_SEATS = ("chair", "stool", "sofa", "armchair", "bench")
WIDER: dict[str, tuple[str, ...]] = {
    "piece of furniture/pieces of furniture": _FURNITURE,
    "furniture/furniture": _FURNITURE,
    "something to sit on/things to sit on": _SEATS,
    "seating furniture/seating furniture": _SEATS,
    "place to sit/places to sit": _SEATS,
    "kitchen appliance": ("stove", "microwave", "refrigerator", "dishwasher", "kettle", "toaster", "coffee machine",
      "washing machine"),
    "electric appliance": ("stove", "microwave", "refrigerator", "dishwasher", "kettle", "toaster", "coffee machine",
      "washing machine"),
    "electronic device": ("laptop", "monitor", "tv", "phone", "game controller", "remote control"),
    "gadget": ("phone", "game controller", "remote control", "laptop"),
    "container": ("box", "storage box", "basket", "jar"),
    "drinking vessel": ("mug", "glass"),
    "something to drink from/things to drink from": ("mug", "glass", "bottle"),
    "something to read/things to read": ("book", "books", "magazine", "newspaper"),
    "reading material/reading material": ("book", "books", "magazine", "newspaper"),
    "piece of tableware/pieces of tableware": ("mug", "bowl", "plate", "glass"),
    "crockery/crockery": ("mug", "bowl", "plate"),
    "wall decoration": ("picture", "poster", "clock", "mirror"),
    "storage furniture/storage furniture": ("cabinet", "wardrobe", "dresser", "shelf", "bookcase", "wall cupboard",
      "nightstand"),
    "light source": ("lamp", "window"),
    "something soft/soft things": ("pillow", "teddy bear", "sofa", "bed"),
    "something to play with/things to play with": ("toy", "ball", "teddy bear", "game controller"),
}  # fmt: skip


def held_out(word: str) -> bool:
    """Whether this synonym belongs to the ``words`` split only."""
    return crc32(("word:" + word.split("/")[0]).encode()) % 100 < 15


def usable(words: tuple[str, ...], split: str) -> list[str]:
    """The names of one thing that a split may use; never empty, for the first is always a training word."""
    if split == "words":
        rare = [w for w in words[1:] if held_out(w)]
        if rare:
            return rare
    return [words[0]] + [w for w in words[1:] if not held_out(w)]


def singular(word: str) -> str:
    return word.split("/")[0]


def plural(word: str) -> str:
    if "/" in word:
        return word.split("/")[1]
    return word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"
