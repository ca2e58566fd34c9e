"""The words: names of things, colours and materials; with the names that several things share, and wider terms.

The first name of a thing is its plain one; of the other names a fixed 15 % are held out for the ``words`` split.
"""

from __future__ import annotations

from zlib import crc32

from ...language.execution.object_words import plural as regular_plural
from .words_shared import SHARED
from .words_wider import WIDER

__all__ = [
    "COLOR_NAMES", "MADE_OF", "MATERIAL_NAMES", "NAMES", "NEAR_COLORS", "SHARED", "WIDER", "held_out", "plural",
    "singular", "usable",
]  # fmt: skip

# category: names as "singular" or "singular/plural" where the plural is not + s.
NAMES: dict[str, tuple[str, ...]] = {
    "chair": ("chair", "seat", "dining chair", "side chair", "kitchen chair"),
    "stool": ("stool", "bar stool", "backless seat", "kitchen stool", "counter stool", "taboret"),
    "sofa": ("sofa", "couch/couches", "settee", "loveseat", "divan", "chesterfield", "davenport"),
    "armchair": ("armchair", "easy chair", "lounge chair", "recliner", "wing chair", "club chair", "upholstered chair"),
    "bench": ("bench/benches", "long seat", "sitting bench/sitting benches", "settle",
      "backless bench/backless benches"),
    "bed": ("bed", "mattress/mattresses", "sleeping place", "bedstead", "double bed", "single bed"),
    "dining table": ("dining table", "kitchen table", "dinner table", "table", "eating table", "dining room table"),
    "desk": ("desk", "work desk", "writing desk", "workstation", "office table", "computer desk", "writing table",
      "office desk"),
    "coffee table": ("coffee table", "low table", "sofa table", "cocktail table", "lounge table", "tea table"),
    "side table": ("side table", "end table", "occasional table", "lamp table", "accent table"),
    "nightstand": ("nightstand", "bedside table", "night table", "bedside cabinet", "bedside stand", "night stand"),
    "dresser": ("dresser", "chest of drawers/chests of drawers", "bureau", "drawer unit", "drawer chest",
      "tallboy"),
    "wardrobe": ("wardrobe", "closet", "armoire", "clothes cabinet", "clothes cupboard", "clothes closet"),
    "cabinet": ("cabinet", "cupboard", "storage cabinet", "sideboard", "credenza", "buffet cabinet", "base cabinet"),
    "wall cupboard": ("wall cupboard", "wall cabinet", "upper cabinet", "hanging cupboard", "overhead cabinet",
      "overhead cupboard", "wall-mounted cabinet"),
    "counter": ("counter", "kitchen counter", "worktop", "countertop", "work surface", "kitchen worktop", "benchtop"),
    "sink": ("sink", "basin", "washbasin", "kitchen sink", "hand basin", "washbowl"),
    "stove": ("stove", "oven", "cooker", "range", "hob", "cooktop", "kitchen stove", "cooking range"),
    "range hood": ("range hood", "extractor hood", "cooker hood", "exhaust hood", "kitchen hood", "stove hood",
      "extractor"),
    "microwave": ("microwave", "microwave oven", "microwave cooker", "countertop microwave"),
    "refrigerator": ("refrigerator", "fridge", "icebox/iceboxes", "cooler", "freezer", "cold cabinet"),
    "dishwasher": ("dishwasher", "dish washer", "dishwashing machine", "dish cleaning machine"),
    "washing machine": ("washing machine", "washer", "laundry machine", "clothes washer", "washer-dryer"),
    "kettle": ("kettle", "electric kettle", "water boiler", "tea kettle", "water kettle"),
    "toaster": ("toaster", "bread toaster", "electric toaster", "two-slice toaster"),
    "coffee machine": ("coffee machine", "coffee maker", "espresso machine", "coffee brewer", "coffeemaker",
      "percolator"),
    "dish rack": ("dish rack", "drying rack", "draining rack", "dish drainer", "plate rack", "draining board"),
    "paper tray": ("paper tray", "letter tray", "document tray", "filing tray", "desk tray"),
    "cutting board": ("cutting board", "chopping board", "bread board", "carving board", "butcher block"),
    "shelf": ("shelf/shelves", "shelving unit", "rack", "shelf unit", "storage shelf/storage shelves", "shelving rack"),
    "wall shelf": ("wall shelf/wall shelves", "shelf/shelves", "ledge", "wall board", "hanging shelf/hanging shelves",
      "floating shelf/floating shelves", "wall-mounted shelf/wall-mounted shelves"),
    "bookcase": ("bookcase", "bookshelf/bookshelves", "book rack", "book stand", "book cabinet", "book cupboard"),
    "tv stand": ("tv stand", "tv bench/tv benches", "media console", "television stand", "tv cabinet", "tv unit",
      "entertainment center", "lowboard"),
    "mug": ("mug", "cup", "coffee mug", "coffee cup", "teacup", "tea mug", "beaker"),
    "bowl": ("bowl", "dish/dishes", "fruit bowl", "soup bowl", "cereal bowl", "salad bowl", "mixing bowl"),
    "plate": ("plate", "dinner plate", "saucer", "side plate", "dessert plate", "soup plate"),
    "glass": ("glass/glasses", "drinking glass/drinking glasses", "tumbler", "water glass/water glasses",
      "juice glass/juice glasses", "highball"),
    "bottle": ("bottle", "flask", "water bottle", "drink bottle", "wine bottle", "drinking bottle"),
    "jar": ("jar", "preserving jar", "canister", "jam jar", "cookie jar", "storage jar"),
    "pot": ("pot", "saucepan", "cooking pot", "casserole", "stockpot", "stew pot", "soup pot"),
    "pan": ("pan", "frying pan", "skillet", "frypan", "fry pan", "saute pan"),
    "book": ("book", "volume", "paperback", "novel", "hardback", "textbook"),
    "books": ("row of books/rows of books", "set of books/sets of books", "stack of books/stacks of books",
      "pile of books/piles of books", "line of books/lines of books"),
    "magazine": ("magazine", "journal", "brochure", "periodical", "glossy magazine", "weekly magazine"),
    "newspaper": ("newspaper", "daily paper", "paper", "newsprint/newsprint", "broadsheet", "tabloid"),
    "paper": ("sheet of paper/sheets of paper", "paper", "document", "leaflet", "piece of paper/pieces of paper",
      "printed page", "paper sheet"),
    "box": ("box/boxes", "carton", "package", "case", "parcel", "packing box/packing boxes", "packet"),
    "storage box": ("storage box/storage boxes", "plastic box/plastic boxes", "tub", "plastic container",
      "storage bin", "storage tote", "storage container"),
    "basket": ("basket", "hamper", "wicker basket", "laundry basket", "storage basket", "woven basket"),
    "bucket": ("bucket", "pail", "cleaning bucket", "mop bucket", "water bucket"),
    "laptop": ("laptop", "notebook computer", "computer", "portable computer", "laptop computer", "notebook pc"),
    "monitor": ("monitor", "computer screen", "display", "screen", "computer monitor", "desktop screen", "pc monitor"),
    "keyboard": ("keyboard", "computer keyboard", "typing keyboard", "pc keyboard", "wireless keyboard"),
    "mouse": ("mouse/mice", "computer mouse/computer mice", "wireless mouse/wireless mice",
      "optical mouse/optical mice", "pc mouse/pc mice"),
    "headphones": ("headphones/headphones", "pair of headphones/pairs of headphones", "headset", "earphones/earphones",
      "over-ear phones/over-ear phones"),
    "printer": ("printer", "laser printer", "inkjet printer", "office printer", "printing machine", "paper printer"),
    "speaker": ("speaker", "loudspeaker", "hi-fi speaker", "stereo speaker", "audio speaker", "sound box/sound boxes"),
    "tv": ("tv", "television", "tv set", "telly/tellies", "flat screen", "television set", "tv screen"),
    "lamp": ("lamp", "light", "reading light", "lampshade", "reading lamp", "light fixture"),
    "ceiling lamp": ("ceiling lamp", "ceiling light", "overhead light", "hanging lamp", "pendant light",
      "pendant lamp", "overhead lamp"),
    "plant": ("plant", "potted plant", "houseplant", "pot plant", "greenery/greenery", "indoor plant",
      "foliage/foliage"),
    "vase": ("vase", "flower vase", "urn", "flower holder", "table vase"),
    "candle": ("candle", "wax candle", "tealight", "scented candle", "pillar candle", "taper candle"),
    "globe": ("globe", "world globe", "terrestrial globe", "desk globe", "earth globe"),
    "picture": ("picture", "painting", "framed picture", "artwork", "wall art/wall art", "canvas print",
      "wall picture"),
    "poster": ("poster", "print", "notice", "wall print", "placard", "wall poster"),
    "picture frame": ("picture frame", "photo frame", "framed photo", "framed card", "photograph frame",
      "framed photograph"),
    "whiteboard": ("whiteboard", "dry-erase board", "marker board", "writing board", "dry-wipe board"),
    "notice board": ("notice board", "bulletin board", "pinboard", "cork board", "message board", "memo board"),
    "mirror": ("mirror", "looking glass/looking glasses", "wall mirror", "vanity mirror", "dressing mirror"),
    "clock": ("clock", "wall clock", "timepiece", "hanging clock", "clock face"),
    "door": ("door", "doorway", "room door", "entrance door", "interior door"),
    "window": ("window", "window pane", "glass window", "casement", "pane of glass/panes of glass"),
    "curtain": ("curtain", "drape", "window curtain", "drapery/draperies", "window drape"),
    "blinds": ("window blind", "blinds/blinds", "roller blind", "window shade", "venetian blind", "roller shade"),
    "rug": ("rug", "carpet", "mat", "floor mat", "area rug", "floor rug", "throw rug"),
    "radiator": ("radiator", "heater", "heating", "wall heater", "panel heater", "heating unit"),
    "fan": ("fan", "electric fan", "ventilator", "standing fan", "pedestal fan", "room fan"),
    "towel": ("towel", "hand towel", "kitchen towel", "tea towel", "bath towel", "dish towel", "dishcloth"),
    "towel rail": ("towel rail", "towel rack", "towel bar", "towel holder", "towel rod"),
    "paper towel roll": ("paper towel roll", "kitchen roll", "roll of paper towels/rolls of paper towels",
      "paper towels/paper towels", "roll of kitchen paper/rolls of kitchen paper"),
    "jacket": ("jacket", "coat", "hanging coat", "piece of clothing/pieces of clothing", "overcoat", "anorak", "parka"),
    "coat rack": ("coat rack", "coat stand", "hat stand", "clothes stand", "coat tree",
      "coat hanger stand"),
    "hat": ("hat", "cap", "sun hat", "baseball cap", "straw hat", "brimmed hat"),
    "helmet": ("helmet", "bike helmet", "hard hat", "safety helmet", "crash helmet", "cycling helmet"),
    "power socket": ("power socket", "power outlet", "wall socket", "electrical outlet", "plug socket", "wall outlet",
      "electric socket"),
    "trash can": ("trash can", "bin", "waste basket", "garbage can", "rubbish bin", "dustbin", "wastebasket",
      "waste bin", "garbage bin", "litter bin"),
    "backpack": ("backpack", "rucksack", "school bag", "knapsack", "daypack", "book bag"),
    "bag": ("bag", "handbag", "tote bag", "shopping bag", "carrier bag", "tote", "shoulder bag"),
    "suitcase": ("suitcase", "travel case", "trolley case", "luggage/luggage", "wheeled case", "travel bag"),
    "umbrella": ("umbrella", "brolly/brollies", "rain umbrella", "parasol", "folding umbrella"),
    "pillow": ("pillow", "cushion", "throw pillow", "bed pillow", "sofa cushion", "scatter cushion"),
    "blanket": ("blanket", "throw blanket", "bedspread", "quilt", "duvet", "coverlet", "comforter", "bed cover"),
    "pouf": ("pouf", "ottoman", "footstool", "hassock", "pouffe", "footrest", "floor cushion"),
    "shoes": ("pair of shoes/pairs of shoes", "shoes/shoes", "sneakers/sneakers", "footwear/footwear",
      "trainers/trainers", "pair of trainers/pairs of trainers"),
    "teddy bear": ("teddy bear", "teddy/teddies", "stuffed animal", "plush toy", "soft toy", "cuddly toy", "toy bear",
      "plushie"),
    "toy": ("toy", "plaything", "children's toy", "kid's toy", "toy figure"),
    "ball": ("ball", "play ball", "rubber ball", "toy ball", "round ball", "beach ball"),
    "guitar": ("guitar", "acoustic guitar", "six-string guitar", "classical guitar", "folk guitar"),
    "bicycle": ("bicycle", "bike", "pushbike", "push bike", "two-wheeler", "pedal bike", "city bike"),
    "remote control": ("remote control", "remote", "tv remote", "clicker", "remote controller", "tv zapper"),
    "game controller": ("game controller", "gamepad", "controller", "joypad", "game pad", "console controller",
      "joystick"),
    "phone": ("phone", "mobile phone", "smartphone", "cell phone", "telephone", "cellphone", "handset", "mobile"),
    "tissue box": ("tissue box/tissue boxes", "box of tissues/boxes of tissues", "tissues/tissues",
      "facial tissues/facial tissues", "tissue pack", "tissue dispenser"),
    "tray": ("tray", "serving tray", "tea tray", "breakfast tray", "platter"),
    "fruit": ("fruit", "piece of fruit/pieces of fruit", "fresh fruit/fresh fruit", "ripe fruit/ripe fruit"),
    "fire extinguisher": ("fire extinguisher", "extinguisher", "foam extinguisher", "powder extinguisher",
      "fire-fighting bottle"),
    "ladder": ("ladder", "stepladder", "step ladder", "folding ladder", "household steps/household steps"),
    "broom": ("broom", "sweeping brush/sweeping brushes", "besom", "floor brush/floor brushes", "sweeper"),
    "vacuum cleaner": ("vacuum cleaner", "vacuum", "carpet vacuum", "floor vacuum", "vac", "cylinder vacuum"),
    "watering can": ("watering can", "watering pot", "plant watering can", "sprinkling can", "garden can"),
    "ironing board": ("ironing board", "ironing table", "pressing board", "folding ironing board"),
    "scale": ("scale", "weighing scale", "bathroom scale", "scales/scales", "weighing machine", "body scale"),
    "toilet": ("toilet", "lavatory/lavatories", "wc", "loo", "water closet", "toilet seat", "toilet bowl"),
    "bathtub": ("bathtub", "bath", "bath tub", "soaking tub", "bathing tub"),
    "shower": ("shower", "shower cabin", "shower cubicle", "shower stall", "shower enclosure", "shower cabinet"),
    "cable": ("cable", "cord", "wire", "power cord", "electric cable", "power lead"),
    "cutlery jar": ("cutlery jar", "utensil holder", "cutlery holder", "utensil pot", "cutlery pot"),
    "bread": ("bread/bread", "loaf of bread/loaves of bread", "loaf/loaves", "bread loaf/bread loaves"),
    "soap dispenser": ("soap dispenser", "soap bottle", "soap pump", "liquid soap/liquid soap", "hand soap/hand soap"),
    "pen": ("pen", "pencil", "biro", "ballpoint pen", "felt-tip pen", "ballpoint"),
    "computer tower": ("computer tower", "desktop computer", "tower pc", "computer case", "desktop pc", "pc tower"),
    "calculator": ("calculator", "pocket calculator", "desk calculator", "calculating machine"),
    "stroller": ("stroller", "pushchair", "baby carriage", "buggy/buggies", "pram"),
    "piano": ("piano", "upright piano", "pianoforte", "cottage piano"),
    "crate": ("crate", "wooden crate", "slatted box/slatted boxes", "slatted crate"),
    "clothes rack": ("clothes rack", "laundry rack", "clothes horse", "airer", "clothes airer", "garment rack"),
    "pipe": ("pipe", "water pipe", "heating pipe", "pipework/pipework"),
    "fireplace": ("fireplace", "hearth", "open fire", "fireside"),
    "room divider": ("room divider", "folding screen", "partition screen", "privacy screen", "screen wall"),
    "toilet paper": ("toilet paper/toilet paper", "roll of toilet paper/rolls of toilet paper", "toilet roll",
      "loo roll", "bathroom tissue/bathroom tissue"),
    "light switch": ("light switch/light switches", "wall switch/wall switches", "light button",
      "dimmer switch/dimmer switches"),
    "object": ("object", "thing", "item", "stuff/stuff", "physical object"),
}  # fmt: skip

COLOR_NAMES: dict[str, tuple[str, ...]] = {
    "white": ("white", "snow-white", "whitish", "off-white", "light", "light-coloured", "pale"),
    "black": ("black", "jet-black", "pitch-black", "dark", "dark-coloured", "anthracite"),
    "grey": ("grey", "gray", "silver", "slate", "greyish", "light grey", "dark grey", "charcoal"),
    "red": ("red", "crimson", "scarlet", "dark red", "reddish", "bright red", "burgundy", "maroon"),
    "green": ("green", "emerald", "greenish", "dark green", "light green", "olive green", "bright green"),
    "blue": (
        "blue",
        "navy",
        "bluish",
        "azure",
        "light blue",
        "dark blue",
        "turquoise",
        "teal",
        "sky-blue",
        "bright blue",
    ),
    "yellow": ("yellow", "golden", "yellowish", "bright yellow", "mustard", "light yellow"),
    "orange": ("orange", "tangerine", "bright orange"),
    "purple": ("purple", "violet", "lilac", "mauve", "dark purple", "lavender"),
    "pink": ("pink", "rose", "rosy", "light pink", "hot pink", "magenta"),
    "brown": ("brown", "tan", "brownish", "chestnut", "dark brown", "light brown"),
    "beige": ("beige", "cream", "sand-coloured", "ivory", "cream-coloured"),
}

MATERIAL_NAMES: dict[str, tuple[str, ...]] = {
    "wooden": ("wooden", "wood", "timber", "oak", "pine", "bamboo"),
    "metal": ("metal", "metallic", "steel", "iron", "aluminium", "stainless steel", "chrome"),
    "plastic": ("plastic", "synthetic"),
    "fabric": ("fabric", "cloth", "textile", "upholstered", "cotton", "velvet"),
    "leather": ("leather",),
    "glass": ("glass",),
    "ceramic": ("ceramic", "porcelain", "china"),
    "cardboard": ("cardboard", "carton"),
    "stone": ("stone", "granite", "marble"),
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
    return regular_plural(word)
