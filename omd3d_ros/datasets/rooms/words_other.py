"""Words for no category: real things that the rooms have no name for, and what is no thing at all."""

from __future__ import annotations

# Things of no name: an "object" may be one of them.
OTHER: tuple[str, ...] = (
    "violin", "trumpet", "drum kit", "saxophone", "harmonica", "flute", "accordion", "cello",
    "aquarium", "fish tank", "bird cage", "hamster wheel", "cat", "dog", "parrot", "goldfish/goldfish", "elephant",
    "spider", "horse", "person/people", "man/men", "woman/women", "baby/babies", "dog bowl", "cat tree",
    "screwdriver", "hammer", "drill", "wrench/wrenches", "saw", "pair of pliers/pairs of pliers", "nail", "screw",
    "tape measure", "paintbrush/paintbrushes", "axe", "chainsaw", "welding mask", "soldering iron",
    "tent", "sleeping bag", "canoe", "surfboard", "skateboard", "snowboard", "pair of skis/pairs of skis",
    "tennis racket", "basketball hoop", "golf club", "dumbbell", "treadmill", "exercise bike", "yoga mat", "scooter",
    "fishing rod", "rope", "kite", "wheelchair", "baby bottle", "pacifier", "diaper",
    "train set", "jigsaw puzzle", "chess board", "deck of cards/decks of cards", "dice/dice",
    "camera", "tripod", "telescope", "microscope", "projector", "router", "server rack", "hard drive", "usb stick",
    "charger", "microphone", "turntable", "record player", "walkie-talkie", "antenna",
    "typewriter", "stapler", "hole punch/hole punches", "pencil sharpener",
    "eraser", "ruler", "paper clip", "rubber stamp", "ring binder", "pair of scissors/pairs of scissors",
    "glue stick", "tape dispenser", "flag", "trophy/trophies", "statue", "sculpture", "wind chime", "fountain",
    "staircase", "lift", "escalator", "balcony/balconies", "doorbell", "mailbox/mailboxes", "smoke detector",
    "thermostat", "security camera", "fuse box/fuse boxes", "air vent",
    "water dispenser", "vending machine", "juicer", "blender", "food processor", "waffle iron", "rice cooker",
    "air fryer", "hand mixer", "colander", "whisk", "ladle", "spatula", "rolling pin", "corkscrew", "can opener",
    "bread knife/bread knives", "knife/knives", "fork", "spoon", "chopstick", "pepper mill", "salt shaker",
    "sugar bowl", "egg", "sandwich/sandwiches", "pizza", "birthday cake",
    "chocolate bar", "carrot", "cucumber", "cheese/cheese", "bag of crisps/bags of crisps", "milk carton",
    "sponge", "dish brush/dish brushes", "dustpan", "feather duster", "clothes peg", "clothes hanger",
    "sewing machine", "hair dryer", "comb", "hairbrush/hairbrushes", "razor", "toothbrush/toothbrushes",
    "tube of toothpaste/tubes of toothpaste", "bar of soap/bars of soap", "shampoo bottle",
    "perfume bottle", "lipstick", "necklace", "wrist watch/wrist watches", "ring", "wallet", "passport", "key",
    "pair of sunglasses/pairs of sunglasses", "scarf/scarves", "glove", "sock", "belt", "tie", "dress/dresses",
    "pair of trousers/pairs of trousers", "walking stick", "crutch/crutches", "first aid kit", "pill", "bandage",
    "syringe", "stethoscope", "thermometer", "safe", "shopping cart", "wheelbarrow", "lawn mower", "garden hose",
    "rake", "shovel", "pumpkin", "christmas tree", "snow globe", "ashtray", "lighter", "match/matches", "barrel",
    "pallet", "forklift", "3d printer", "oscilloscope", "robot arm", "robot", "drone", "docking station",
    "column", "mousetrap", "gun", "sword", "car", "truck", "motorcycle", "engine", "tyre", "brick",
    "rock", "skeleton", "mannequin", "bell", "magnet", "battery/batteries", "puddle",
)  # fmt: skip

# Words for anything: everything in sight is meant.
ANYTHING_WORDS: tuple[str, ...] = (
    "object", "thing", "item", "stuff/stuff", "physical object", "anything/anything", "something/something",
    "everything/everything", "entity/entities",
)  # fmt: skip

# No thing that can be seen.
NOTHING: tuple[str, ...] = (
    "capital of France", "weather", "president", "meaning of life", "square root of two", "joke", "poem", "recipe",
    "your name", "who are you", "how are you", "what can you do", "hello", "good morning", "thank you", "goodbye",
    "yes", "no", "please", "left", "right", "here", "there", "big", "small", "red", "blue", "wooden", "yesterday",
    "tomorrow", "monday", "summer", "winter", "love", "happiness", "anger", "freedom", "peace", "war", "history",
    "mathematics", "physics", "politics", "football match result", "stock market", "bitcoin price", "train to Berlin",
    "flight to London", "Paris", "Germany", "America", "Shakespeare", "Albert Einstein", "my mother", "my birthday",
    "song lyrics", "translation into Spanish", "the sum of five and seven", "how old are you", "tell me a story",
    "what do you think about art", "who won the election", "is there life on Mars", "how tall is the Eiffel tower",
    "asdf", "qwerty", "lorem ipsum", "blah blah", "xyzzy", "hmm", "foo bar", "wtf", "aaaaa", "the speed of light",
    "distance to the moon", "population of India", "boiling point of water", "the colour of happiness",
    "set an alarm for seven", "remind me tomorrow", "shut down", "be quiet", "sing a song", "dance", "fly to the moon",
)  # fmt: skip
