"""How requests and questions are put.

{the}, {a}: the noun phrase with its article; {bare}: without; {are}: the number's verb; {pred}: what is said after
"is"; {colour}, {centre}: spelled as the speaker does; {dem}: imperative verb.
"""

from __future__ import annotations

VERBS = (
    "find", "find me", "show me", "locate", "point to", "highlight", "mark", "segment", "select", "pick out",
    "bring up",
    "look for",
    "search for", "identify", "point out", "go to", "take me to", "drive to", "navigate to", "zoom in on", "outline",
    "get", "indicate", "show", "let me see", "give me", "spot", "track down", "grab", "fetch", "bring me", "move to",
    "point at", "detect", "ground", "box", "lead me to", "hunt down", "head over to", "get me", "frame",
)  # fmt: skip
FRAMES = (
    "{do} {np}", "{do} {np}", "{do} {np}", "{do} {np}", "please {do} {np}", "can you {do} {np}?",
    "could you {do} {np}?",
    "would you {do} {np}?", "could you please {do} {np}?", "I want you to {do} {np}", "I'd like you to {do} {np}",
    "try to {do} {np}", "help me {do} {np}", "you should {do} {np}", "now {do} {np}", "will you {do} {np}?",
    "can you please {do} {np}?", "{do} {np} for me", "{do} {np} in this room", "I need you to {do} {np}",
    "be so kind and {do} {np}", "{do} just {np}", "{do} {np} in the scene",
    "your task is to {do} {np}", "kindly {do} {np}", "go and {do} {np}", "quickly {do} {np}",
    "put a marker on {np}", "draw a box around {np}", "put a pin on {np}", "can you put a flag on {np}?",
    "drop a pin at {np}",
    "shine a light on {np}", "keep an eye on {np}", "drive over to {np}, please", "come with me to {np}",
    "lay a mask over {np}", "draw a ring round {np}", "give {np} a bounding box", "stick a label on {np}",
    "draw an outline round {np}", "put a cross on {np}", "make {np} light up",
    "could you take us over to {np}?", "put a circle around {np}",
    "do me a favour and {do} {np}", "would you mind if I asked you to {do} {np}?", "be a dear and {do} {np}",
    "if you don't mind, {do} {np}", "may I ask you to {do} {np}?", "it would be great if you could {do} {np}",
    "{do} {np}, would you?", "{do} {np} as fast as you can", "hey, {do} {np} for me please",
)  # fmt: skip
# The same wishes without a verb of the list above.
WISHES = (
    "{np}", "{np}", "{np}, please", "I am looking for {np}", "I'm looking for {np}", "I need {np}", "I want {np}",
    "I would like to see {np}", "I'd like to see {np}", "do you see {np}? show me", "do you know {np}? point at it",
    "I mean {np}", "I want to see {np}", "have a look at {np}", "my question is about {np}", "what about {np}?",
    "how about {np}?", "next, {np}", "only {np}", "I can't find {np}", "I lost {np}", "I am after {np}",
    "target: {np}",
    "I forgot where {np} is, find it", "{np} is what I need", "I can only think of {np}", "someone asked for {np}",
    "mum wants {np}", "my colleague needs {np}", "pass me {np}", "hand me {np}", "I would love to have {np}",
    "looking for {np}", "searching for {np}", "the robot should go to {np}", "it is {np} that I want",
)  # fmt: skip
WHICH_ONE = (
    "which one is {the}?",
    "which object is {the}?",
    "what object is {the}?",
    "which thing is {the}?",
    "which is {the}?",
    "which item is {the}?",
    "which piece is {the}?",
    "which of these objects is {the}?",
    "which of all these things is {the}?",
    "what item is {the}?",
    "which one would be {the}?",
    "so which one is {the}?",
    "which one do you think is {the}?",
)
WHICH = (
    "which {bare} {is} {pred}?", "which {bare} {is} {pred}?", "what {bare} {is} {pred}?",
    "which is the {bare} {pred}?",
    "show me which {bare} {is} {pred}", "tell me which {bare} {is} {pred}", "the {bare}, which {is} {pred}",
    "do you know which {bare} {is} {pred}?", "I wonder which {bare} {is} {pred}", "which of the {many} {is} {pred}?",
    "the {bare} I mean {is} {pred}", "I'm thinking of a {bare}, it {is} {pred}", "there is a {bare} {pred}, find it",
    "one of the {many} {is} {pred}: which one?", "can you tell which {bare} {is} {pred}?",
    "the {bare}, the one {pred}", "that {bare}, I mean the one that {is} {pred}", "the {bare} - the one {pred}",
    "find the {bare}, namely the one {pred}", "I want the {bare}, the one which {is} {pred}",
    "where's that {bare} {pred}? show it",
    "which {bare} would you say {is} {pred}?", "which {bare} have we got that {is} {pred}?",
)  # fmt: skip
PLACE_FIRST = (
    "{pred} there is {a}; show it", "{pred} there is {a}, find it", "{pred} there is {a}. Where exactly? point at it",
    "find, {pred}, {the}", "{pred} you see {a}: mark it", "look {pred}: there is {a}. Show me that one",
    "{pred}, find {the}", "what I want is {pred}: {a}", "{pred} should be {a}, highlight it",
    "there is {a} {pred}, show me",
    "see what is {pred}? I want {the} there", "{pred}: {the}",
)  # fmt: skip

# About what was answered before.
OF_THEM = (
    "which of them {is} {pred}?", "which one {is} {pred}?", "which of those {is} {pred}?", "and which {is} {pred}?",
    "which one of them {is} {pred}?", "the one that {is} {pred}", "and the one {pred}?", "show me the one {pred}",
    "no, the one {pred}", "I mean the one that {is} {pred}", "of those, which {is} {pred}?", "the one {pred}, please",
)  # fmt: skip
ALL_OF_THEM = (
    "which of them are {pred}?", "which of those are {pred}?", "only those {pred}", "just the ones that are {pred}",
    "show only the ones {pred}", "and which are {pred}?", "only the ones which are {pred}", "those that are {pred}",
)  # fmt: skip
FROM_IT = (
    "and the one {pred}?", "what about the one {pred}?", "and what's {pred}?", "now the one {pred}",
    "show me the one {pred}", "the one {pred}", "and the thing {pred}?", "then the object {pred}",
    "how about the one {pred}?",
)  # fmt: skip

ALL_NP = (
    "all {bare}", "all the {bare}", "all of the {bare}", "every one of the {bare}", "each of the {bare}", "{the}",
    "{bare}", "every single one of the {bare}", "the {bare} in this room", "all {bare} in sight",
    "whatever {bare} there are",
)  # fmt: skip
MASS_NP = ("all {bare}", "all the {bare}", "{the}", "all of the {bare}", "any {bare}", "{bare}", "what {bare} there is")
COUNTED_NP = ("the {n} {bare}", "all {n} {bare}", "these {n} {bare}", "those {n} {bare}", "all {n} of the {bare}")
BOTH_NP = ("both {bare}", "both of the {bare}", "the two {bare}", "both the {bare}", "the pair of {bare}")
ALL_THINGS = (
    "everything {pred}", "everything that is {pred}", "anything {pred}", "all the stuff {pred}", "all things {pred}",
    "everything you see {pred}", "whatever is {pred}", "all that is {pred}", "each thing {pred}",
    "everything which is {pred}",
)  # fmt: skip
EACH_NP = ("every {one}", "each {one}", "each and every {one}", "every single {one}")
ALL_WISHES = (
    "{np}", "{np}", "where are {np}?", "I need {np}", "I want to see {np}", "I'm looking for {np}", "which are {np}?",
    "let's see {np}", "list {np}", "give me a list of {np}", "{np}, please", "I'd like {np}", "enumerate {np}",
    "show {np} to me", "mark {np} on the map", "can I see {np}?", "do you see {np}? mark them",
    "I'm interested in {np}", "my daughter wants {np}", "the children would like {np}", "grandma needs {np}",
    "is there {np}? show me", "we need {np} for the party", "hand me {np}", "find us {np}", "collect {np}",
    "do you know {np}? I need them all",
)  # fmt: skip
WHICH_ALL = (
    "which {bare} are {pred}?", "what {bare} are {pred}?", "show me which {bare} are {pred}",
    "tell me which {bare} are {pred}", "which of the {bare} are {pred}?", "are there {bare} {pred}? mark them all",
    "{bare} {pred}", "list the {bare} which are {pred}",
)  # fmt: skip

COUNT = (
    "how many {bare} are there?", "how many {bare} do you see?", "count the {bare}", "what is the number of {bare}?",
    "how many {bare} are in this room?", "tell me how many {bare} there are", "number of {bare}?", "count all {bare}",
    "can you count the {bare}?", "how many {bare} can be seen?", "how many {bare} can you see?", "how many {bare}?",
    "what number of {bare} is here?", "how many {bare} does the room have?", "how many {bare} have we got?",
    "give me the number of {bare}", "how many {bare} do I have?", "how many {bare} exist?",
    "how many {bare} did you find?",
    "what's the count of {bare}?", "I want to know how many {bare} there are",
    "do you know how many {bare} there are?",
    "the number of {bare}, please", "how many {bare} are around?", "what is the total number of {bare}?",
    "how many {bare} are there in total?", "count {bare}", "quantity of {bare}?",
)  # fmt: skip
COUNT_MASS = ("how much {bare} is there?", "how much {bare} is in this room?", "how much {bare} do you see?")
COUNT_PRED = (
    "how many {bare} are {pred}?", "how many {bare} are there {pred}?", "count the {bare} {pred}",
    "how many of the {bare} are {pred}?", "tell me how many {bare} are {pred}", "{pred}, how many {bare} are there?",
    "what number of {bare} are {pred}?", "how many {bare} do you see {pred}?", "how many {bare} have been put {pred}?",
)  # fmt: skip

COLOR = (
    "what {colour} is {the}?", "what {colour} is {the}?", "what's the {colour} of {the}?", "which {colour} is {the}?",
    "which {colour} does {the} have?", "tell me the {colour} of {the}", "what is the {colour} of {the}?",
    "{the}: what {colour}?", "do you know the {colour} of {the}?", "in what {colour} is {the}?",
    "{the}, what {colour} is it?",
    "name the {colour} of {the}", "of which {colour} is {the}?", "can you tell me what {colour} {the} is?",
    "what {colour} has {the}?", "what {colour} would you say {the} is?", "{colour} of {the}?",
    "the {colour} of {the}?",
    "how would you describe the {colour} of {the}?", "I'd like to know the {colour} of {the}",
    "what {colour} is {the} painted?", "is {the} black or white?", "is {the} red or blue?",
    "is {the} more brown or grey?",
    "what {colour} is {the}, green or yellow?", "what {colour} did they paint {the}?",
    "is {the} green or which {colour}?",
    "which {colour} was {the} made in?", "what does {the} look like in {colour}?",
)  # fmt: skip
MATERIAL = (
    "what is {the} made of?", "what's {the} made of?", "which material is {the} made of?", "material of {the}?",
    "tell me the material of {the}", "what material is {the}?", "of what is {the} made?", "what was {the} made from?",
    "what kind of material does {the} have?", "name the material of {the}", "from what is {the} built?",
    "what is the material of {the}?", "do you know what {the} is made of?", "out of what material is {the}?",
    "what stuff is {the} made of?", "can you tell what {the} is made from?", "{the}: what is it made of?",
    "which material was used for {the}?",
    "is {the} made of wood or metal?", "is {the} wooden or metal?", "is {the} plastic or glass?",
    "is {the} made from leather or fabric?", "is {the} real leather or just plastic?", "what's {the} made out of?",
    "what is {the} made of, metal or plastic?", "of what material, stone or wood, is {the}?",
)  # fmt: skip
EXISTS = (
    "is there {a}?", "is there {a} here?", "do you see {a}?", "is there {a} in this room?", "can you see {a}?",
    "does this room have {a}?", "have you seen {a} anywhere?", "does the room contain {a}?", "do we have {a}?",
    "tell me whether there is {a}", "I wonder if there is {a}", "is there {a} around?", "is {a} present?", "got {a}?",
    "there is {a} here, right?", "can you spot {a}?", "did you come across {a}?", "is there {a} somewhere?",
    "do I have {a}?", "has the room got {a}?", "isn't there {a} here?", "is there {a} or not?", "did you notice {a}?",
    "would there be {a}?", "check if there is {a}", "{a}: is there one?", "does {a} exist in here?",
    "is there at least one {bare}?",
    "is there {a} in this kitchen?", "is there {a} in this workshop?", "is there {a} in the whole flat?",
    "has this office got {a}?", "do you know if there's {a} in here?", "did anybody bring {a}?", "would we own {a}?",
    "does anybody here have {a}?", "is there {a} in the lab?", "do they have {a} here?", "is there {a} left?",
    "do you happen to see {a}?", "does this house have {a}?", "is there {a} in our living room?",
)  # fmt: skip
EXISTS_THING = (
    "is there anything {pred}?", "is anything {pred}?", "is something {pred}?", "is there something {pred}?",
    "anything {pred}?", "do you see anything {pred}?", "is there nothing {pred}?", "can you see something {pred}?",
    "does anything stand {pred}?", "have you found anything {pred}?", "are there any things {pred}?",
    "{pred}, is there anything?",
)  # fmt: skip
EXISTS_MANY = (
    "are there any {bare}?", "are there {bare} here?", "any {bare} around?", "do you see any {bare}?", "any {bare}?",
    "have you got any {bare}?", "are there any {bare} in this room?", "can you see any {bare}?", "do we have {bare}?",
    "does the room have any {bare}?", "aren't there any {bare}?", "did you see any {bare} in here?",
    "is there any {bare}?", "are there {bare} in this building?", "are there any {bare} left?",
    "do we still have {bare}?",
    "do they own any {bare}?", "have we got {bare} in the house?",
)  # fmt: skip
EXISTS_PRED = (
    "is {the} {pred}?", "is there {a} {pred}?", "is {a} {pred}?", "do you see {a} {pred}?", "{pred}, is there {a}?",
    "is it true that {the} is {pred}?", "would you say that {the} is {pred}?", "can you check if {the} is {pred}?",
    "isn't {the} {pred}?", "{the} is {pred}, isn't it?", "is {the} really {pred}?",
    "is {the} {pred} or not?", "is {the} still {pred}?", "I don't see {the}, is it {pred}?", "{the}, is it {pred}?",
    "did someone put {a} {pred}?", "has somebody placed {a} {pred}?", "could it be that {the} is {pred}?",
    "I think {the} is {pred}, right?", "is {a} standing {pred}?", "is {the} {pred} or somewhere else?",
    "tell me if {the} is {pred}", "I wonder whether {the} is {pred}", "is {a} lying {pred}?",
)  # fmt: skip
WHERE = (
    "where is {the}?", "where is {the}?", "where's {the}?", "where can I find {the}?", "tell me where {the} is",
    "in which place is {the}?", "do you know where {the} is?", "where did I leave {the}?",
    "what is the location of {the}?",
    "where has {the} been put?", "can you tell me where {the} is?", "where does {the} stand?",
    "where should I look for {the}?",
    "where have you seen {the}?", "where did you see {the}?", "whereabouts is {the}?", "{the}: where is it?",
    "where exactly is {the}?", "where on earth is {the}?", "in what part of the room is {the}?", "where {the}?",
    "describe where {the} is", "where do I find {the}?", "any idea where {the} is?", "where was {the} last seen?",
    "what's the position of {the}?", "where could {the} be?", "I can't remember where {the} is",
    "where might {the} be?", "where did you put {the}?", "where the hell is {the}?", "where do we keep {the}?",
    "where did {the} go?", "where has somebody hidden {the}?", "any clue where {the} went?",
    "who knows where {the} is?",
    "where would I find {the}?", "where does {the} belong?", "who took {the}? where is it?",
)  # fmt: skip
WHAT = (
    "what is {pred}?", "what's {pred}?", "which things are {pred}?", "what do you see {pred}?",
    "what is there {pred}?",
    "list the things {pred}", "name everything {pred}", "which objects are {pred}?", "what can you see {pred}?",
    "tell me what is {pred}", "what kind of things are {pred}?",
    "what sort of stuff is {pred}?",
    "what objects are {pred}?", "say what is {pred}", "do you know what is {pred}?",
    "is there something {pred}? what?",
    "what is that {pred}?", "what's this thing {pred}?", "what is the stuff {pred}?", "what did they put {pred}?",
    "which thing do you see {pred}? what is it?", "look at what is {pred}: what is that?",
    "what would there be {pred}?",
    "{pred}, what is there?", "describe the things {pred}", "what items are {pred}?", "what do we have {pred}?",
)  # fmt: skip
WHAT_ONE = (
    "what is {pred}?", "what's {pred}?", "what thing is {pred}?", "which object is {pred}?", "what do you see {pred}?",
    "what is the thing {pred}?", "what is the object {pred}?", "tell me what is {pred}", "name the thing {pred}",
)  # fmt: skip
WHAT_ON = (
    "what lies on {b}?", "what stands on {b}?", "what has been put on {b}?", "what does {b} carry?",
    "what's on top of {b}?",
    "which things lie on {b}?", "what does {b} hold?", "what is lying on {b}?", "what is standing on {b}?",
    "what did someone leave on {b}?", "contents of {b}?",
)  # fmt: skip
# What carries {b}.
WHAT_CARRIES = (
    "what is {b} standing on?", "what is {b} on?", "on what does {b} stand?", "what is {b} lying on?",
    "what carries {b}?",
    "on top of what is {b}?", "what's {b} resting on?", "which thing is {b} on?", "what does {b} stand on?",
)  # fmt: skip
# Before a question about "it".
INTRODUCED = (
    "there is {a}. ", "there's {a}, ", "look at {the}: ", "do you see {the}? ", "you know {the}? ", "{the}. ",
    "I see {a}. ",
    "you see {the}, right? ", "think of {the}, ", "it's about {the}: ", "have a look at {the}, ", "take {the}: ",
)  # fmt: skip
MORE = (
    "are there more {x} than {y}?", "do you see more {x} than {y}?", "does the room have more {x} than {y}?",
    "is the number of {x} greater than that of {y}?", "more {x} than {y}?", "are there more {x} here than {y}?",
    "do we have more {x} than {y}?", "do the {x} outnumber the {y}?", "is it true that there are more {x} than {y}?",
    "are the {x} more numerous than the {y}?", "would you say there are more {x} than {y}?",
    "can you see more {x} than {y}?",
)  # fmt: skip
# {x}, {y}: two things; {more}: taller, closer to the window, ...
WHICH_MORE = (
    "which is {more}, {x} or {y}?", "what is {more}: {x} or {y}?", "which one is {more}, {x} or {y}?",
    "is {x} or {y} {more}?", "{x} or {y}: which is {more}?", "of {x} and {y}, which is {more}?",
    "comparing {x} with {y}, which one is {more}?", "between {x} and {y}, which is {more}?",
    "tell me which is {more}, {x} or {y}", "{x} or {y}, which one is {more}?", "show the {more} one: {x} or {y}",
)  # fmt: skip
DESCRIBE = (
    "describe the room", "what do you see?", "what is in this room?", "what's here?", "describe this scene",
    "give me an overview", "tell me about this room", "what can you see?", "what does the room look like?",
    "summarise the scene", "summarize what you see", "what kind of room is this?", "describe what is around me",
    "can you describe the place?", "give a short description of the room", "what is around here?", "what is all here?",
    "look around and tell me what you see", "list everything", "what objects are in the room?", "describe it all",
    "what have you found so far?", "what's on the map?", "what have you mapped?", "how is the room furnished?",
    "caption this scene", "describe everything you see", "what things are there?", "where am I?", "what's in here?",
    "tell me everything about the scene", "what are the contents of this room?", "paint me a picture of this room",
    "what is this place?", "an overview of the room, please", "scene description", "write a caption for this room",
    "what does it look like in here?", "report what you can see", "what stuff is in this room?", "explain the layout",
)  # fmt: skip
NEED = (
    "{need}", "{need}", "{need}", "{need}", "{need}", "please help: {need}", "{need} what can you suggest?",
    "{need} can you help?", "{need} any idea?", "listen, {need}", "{need} what could I use?", "well, {need}",
    "{need} where do I go?", "hey, {need}", "oh no, {need}", "{need} help!", "{need} what should I do?",
    "{need} show me", "{need} what is there for me?", "you know, {need}", "honestly, {need}", "sorry, {need}",
)  # fmt: skip
STAND = (
    "I stand at {at}", "I am standing at {at}", "I'm standing by {at}", "standing at {at}", "I'm at {at}",
    "I am at {at}",
    "if I stand at {at}", "when I stand next to {at}", "suppose I am at {at}", "imagine you are standing at {at}",
    "from {at}", "seen from {at}", "I am next to {at}", "you are at {at}", "starting at {at}", "I wait by {at}",
    "if you stand beside {at}", "let's say I'm near {at}", "viewed from {at}", "I'm sitting at {at}",
)  # fmt: skip
FACE = (
    "I face {to}", "I'm facing {to}", "facing {to}", "looking at {to}", "I look at {to}", "turned towards {to}",
    "I am looking towards {to}", "if I face {to}", "when I look at {to}", "with {to} in front of me",
    "looking to {to}",
)  # fmt: skip
STAND_FACE = (
    "I stand at {at} facing {to}", "I am standing at {at} and facing {to}", "I'm at {at}, looking at {to}",
    "standing at {at}, facing {to}", "if I stand at {at} and look at {to}", "I am at {at} and I look towards {to}",
    "from {at}, looking towards {to}", "suppose you stand by {at} facing {to}", "I stand by {at}, turned towards {to}",
    "imagine I'm next to {at} looking at {to}",
)  # fmt: skip

# Around a need that is itself a thing: "something to write with".
NEED_OF_THING = (
    "{need}", "is there {need}?", "do you have {need}?", "show me {need}", "can you find {need}?", "I need {need}",
    "I'm looking for {need}", "do you know {need}?", "bring me {need}", "is there {need} in here?", "take me to {need}",
    "my son wants {need}", "the guests need {need}", "does this room have {need}?", "{need}, please", "find me {need}",
    "we could use {need}", "point at {need}", "are you aware of {need} around here?", "I'd like {need}",
)  # fmt: skip
# "Where are the shoes?" asks where one thing is.
MASS_WISHES = tuple(wish for wish in ALL_WISHES if not wish.startswith("where"))
