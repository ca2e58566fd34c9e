"""Needs of any kind, for learning to tell a need from a name: what helps against them is not known."""

from __future__ import annotations

from .nouns import Noun, need_of
from .voice import Voice

_DOINGS = (
    "hang up my coat", "charge my laptop", "wash my hands", "sit for a while", "put these keys", "dry my hair",
    "cut some bread",
    "write a letter", "watch the game", "listen to some music", "cool my beer", "heat up the soup", "make tea",
    "bake bread",
    "read a bit", "throw this away", "store my jumpers", "hide a present", "park my bike", "weigh myself",
    "brush my teeth",
    "take a nap", "print a ticket", "sweep the floor", "clean up this mess", "mop the kitchen", "hold the door open",
    "rest my feet",
    "play chess", "entertain the kids", "feed the cat", "water the flowers", "open a tin", "drink some juice",
    "eat my lunch",
    "pour the wine", "serve dinner", "slice an onion", "mix a salad", "boil an egg", "fry some bacon",
    "wipe the table",
    "do the dishes", "iron a shirt", "wash my jeans", "fold the laundry", "get dressed", "check my hair",
    "see who is outside",
    "get some air", "turn up the heat", "block out the light", "reach the top shelf", "climb up there",
    "put out a fire",
    "stay dry in the rain", "keep my head warm", "carry my shopping", "pack for the trip", "take notes",
    "draw a sketch",
    "count my money", "find out what day it is", "set an alarm", "phone a friend", "send a message",
    "join the meeting", "type a report",
    "click on a link", "talk to everyone through loudspeakers", "sing along", "play a tune", "do some exercise",
    "lie down",
    "stretch my legs", "cuddle up", "keep warm", "keep the milk fresh", "freeze the peas", "make toast",
    "grind some coffee",
    "put my drink down", "show a film", "hang a picture", "light the room", "leave this room", "go next door",
    "work in peace",
    "have a meeting", "hide from the sun", "sort my papers", "pin up a note", "store wine", "put flowers",
    "burn some scent",
    "plug in my computer", "sand this board", "glue a broken cup", "drill a hole", "measure this", "cut this cardboard",
    "write on the board", "make a copy", "scan a form", "hang my helmet", "stand up and work", "wash the lettuce",
    "chop the carrots", "melt butter", "peel potatoes", "open this wine", "dry the glasses", "keep the soup warm",
    "store the leftovers", "get rid of old batteries", "tighten a screw", "hide the cables", "hear the radio",
    "rinse my cup", "change my clothes", "put on my shoes", "warm my hands", "park the pram", "hold a video call",
    "blow my nose", "wrap a parcel", "recycle this can", "soak my feet", "take a bath", "freshen up", "shave",
)  # fmt: skip
_OF_DOINGS = (
    "I want to {do}", "I need to {do}", "where can I {do}?", "I would like to {do}", "how can I {do}?", "help me {do}",
    "what can I use to {do}?", "I'd love to {do}", "where could I {do} in here?",
    "I have to {do}", "something to {do} with", "I need something to {do}", "can I {do} somewhere?", "let me {do}",
    "where would I go to {do}?", "what would help me {do}?", "I am supposed to {do}", "how does one {do} around here?",
    "any place to {do}?", "it's time to {do}", "my friend wants to {do}", "we want to {do}", "what do you {do} with?",
    "I can't {do} without help", "what do people {do} with?", "my mum would like to {do}",
)  # fmt: skip
_STATES = (
    "I'm hungry", "I'm so thirsty", "I am freezing", "it's boiling in here", "my back hurts", "I'm bored to death",
    "my feet are killing me",
    "I'm soaking wet", "it's way too dark in here", "the sun is in my eyes", "it's noisy outside",
    "my hands are sticky", "I feel sick",
    "I spilled my drink", "the phone is dead", "my laptop is nearly empty", "the baby is crying", "the dog is hungry",
    "I look terrible",
    "there's a fire", "someone rang the bell", "the floor is filthy", "the dishes are piling up",
    "my shirt is creased", "I got paint on me",
    "I can't sleep", "I've got a headache", "I could use a coffee", "I fancy a snack", "it's raining outside",
    "the room smells",
    "guests are coming tonight", "I am late for work", "my shoes are muddy", "the plants look dry",
    "my tea has gone cold", "I feel chilly",
    "the light is too harsh", "I've run out of space for my books", "this box is too heavy", "I broke a glass",
    "there is dust everywhere",
    "my nose is running", "we need more seats", "I miss my favourite show", "my hair is a mess", "it is getting late",
    "I'm worn out",
    "I spilled something", "oops, my glass fell over", "I knocked over the soup", "the coffee ran out",
    "my pencil broke",
    "my hands are full of grease", "I cut my finger", "there are crumbs all over", "the milk will go off",
    "I smell smoke",
    "my neck aches from sitting", "the battery is flat", "I've got no reception down here",
    "I have a meeting in a minute",
    "the parcel must be sealed", "it's draughty", "there's a wasp in here", "my bread is frozen",
    "my glasses are smudged",
    "the tap is dripping", "I ran all the way here", "it stinks of fish", "I got ketchup on my sleeve",
    "my ears are ringing",
    "my legs are tired", "somebody is at the door", "I need a break", "I haven't eaten since morning", "it's so gloomy",
)  # fmt: skip

_THINGS_FOR = (
    "something to {do} with", "somewhere I can {do}", "something I could {do} with", "a spot where I can {do}",
    "anything that helps me {do}", "a place where one can {do}", "anything I might use to {do}", "somewhere to {do}",
    "something that lets me {do}", "a thing to {do} with", "anything to {do} with", "some corner where I may {do}",
    "something good to {do} with", "anywhere to {do}",
)  # fmt: skip
# How needs begin that are themselves things to be asked for.
THING_LIKE = tuple(sorted({text.partition(" ")[0] + " " for text in _THINGS_FOR} - {"a "}))


def any_need(voice: Voice) -> Noun:
    """A need as people have it, of unknown categories."""
    if voice.chance(0.2):
        return need_of(voice.say(_THINGS_FOR).replace("{do}", voice.say(_DOINGS)), ())
    if voice.chance(0.35):
        return need_of(voice.say(_STATES), ())
    return need_of(voice.say(_OF_DOINGS).replace("{do}", voice.say(_DOINGS)), ())
