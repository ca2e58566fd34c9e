"""Sentences in other languages, which this assistant does not understand."""

from __future__ import annotations

from .voice import Voice

# Language: sentences, what fills {x}.
_LANGUAGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "German": (
        ("wo ist {x}?", "zeig mir {x}", "bitte finde {x}", "wie groß ist {x}?", "welche Farbe hat {x}?",
        "ich suche {x}",
         "was liegt neben {x}?", "siehst du {x}?", "gibt es {x} hier?", "kannst du mir {x} zeigen?",
         "ist {x} kaputt?"),
        ("der Stuhl", "die Lampe", "das Sofa", "der Tisch", "die rote Tasse", "das Fenster", "der Kühlschrank",
        "die Tür",
         "das Bett", "der Fernseher", "das Buch", "die Pflanze"),
    ),
    "Spanish": (
        ("¿dónde está {x}?", "muéstrame {x}", "busca {x}", "¿de qué color es {x}?", "¿ves {x}?", "necesito {x}",
         "¿qué hay al lado de {x}?", "¿hay {x} aquí?", "quiero ver {x}", "lleva esto a {x}", "donde esta {x}"),
        ("la silla", "la lámpara", "el sofá", "la mesa", "la taza roja", "la ventana", "la nevera", "la puerta",
        "la cama",
         "el televisor", "el libro", "la planta"),
    ),
    "French": (
        ("où est {x} ?", "montre-moi {x}", "cherche {x}", "de quelle couleur est {x} ?", "tu vois {x} ?",
        "il me faut {x}",
         "qu'y a-t-il à côté de {x} ?", "est-ce qu'il y a {x} ici ?", "je cherche {x}", "trouve {x} s'il te plaît"),
        ("la chaise", "la lampe", "le canapé", "la table", "la tasse rouge", "la fenêtre", "le frigo", "la porte",
        "le lit",
         "la télé", "le livre", "la plante"),
    ),
    "Italian": (
        ("dov'è {x}?", "mostrami {x}", "cerca {x}", "di che colore è {x}?", "vedi {x}?", "cosa c'è vicino a {x}?"),
        ("la sedia", "la lampada", "il divano", "il tavolo", "la tazza rossa", "la finestra", "il frigorifero",
        "il letto"),
    ),
    "Dutch": (
        ("waar is {x}?", "laat me {x} zien", "zoek {x}", "welke kleur heeft {x}?", "zie je {x}?",
        "wat staat er naast {x}?"),
        ("de stoel", "de lamp", "de bank", "de tafel", "de rode mok", "het raam", "de koelkast", "het bed", "de deur"),
    ),
    "Portuguese": (
        ("onde está {x}?", "mostra-me {x}", "procura {x}", "qual é a cor de {x}?", "você vê {x}?",
        "o que há ao lado de {x}?"),
        ("a cadeira", "a lâmpada", "o sofá", "a mesa", "a caneca vermelha", "a janela", "a geladeira", "a cama",
        "a porta"),
    ),
    "Swedish": (
        ("var är {x}?", "visa mig {x}", "leta efter {x}", "vilken färg har {x}?", "ser du {x}?"),
        ("stolen", "lampan", "soffan", "bordet", "den röda koppen", "fönstret", "kylskåpet", "sängen"),
    ),
    "Polish": (
        ("gdzie jest {x}?", "pokaż mi {x}", "znajdź {x}", "jakiego koloru jest {x}?", "czy widzisz {x}?"),
        ("krzesło", "lampa", "sofa", "stół", "czerwony kubek", "okno", "lodówka", "łóżko", "drzwi"),
    ),
    "Turkish": (
        ("{x} nerede?", "bana {x} göster", "{x} ne renk?", "{x} var mı?"),
        ("sandalye", "lamba", "koltuk", "masa", "kırmızı kupa", "pencere", "buzdolabı", "yatak", "kapı"),
    ),
    "Russian": (
        ("где {x}?", "покажи {x}", "найди {x}", "какого цвета {x}?", "ты видишь {x}?", "что рядом с {x}?"),
        ("стул", "лампа", "диван", "стол", "красная чашка", "окно", "холодильник", "кровать", "дверь"),
    ),
    "Chinese": (
        ("{x}在哪里?", "请找到{x}", "{x}是什么颜色的?", "给我看{x}", "这里有{x}吗?", "{x}旁边是什么?", "有几个{x}?"),
        ("椅子", "灯", "沙发", "桌子", "红色的杯子", "窗户", "冰箱", "床", "门", "电视"),
    ),
    "Japanese": (
        ("{x}はどこですか?", "{x}を見せて", "{x}は何色ですか?", "{x}はありますか?", "{x}を探して"),
        ("いす", "ランプ", "ソファ", "テーブル", "赤いカップ", "窓", "冷蔵庫", "ベッド", "ドア"),
    ),
    "Korean": (
        ("{x} 어디에 있어요?", "{x} 보여줘", "{x} 무슨 색이에요?", "{x} 찾아줘"),
        ("의자", "램프", "소파", "탁자", "빨간 컵", "창문", "냉장고", "침대"),
    ),
    "Arabic": (("أين {x}؟", "أرني {x}", "ما لون {x}؟"), ("الكرسي", "المصباح", "الأريكة", "الطاولة", "النافذة",
    "الباب")),
    "Hindi": (("{x} कहाँ है?", "मुझे {x} दिखाओ", "{x} किस रंग का है?"), ("कुर्सी", "दीपक", "सोफा", "मेज", "खिड़की",
    "दरवाज़ा")),
}  # fmt: skip
_SAYINGS = (
    "wie geht es dir?", "ich habe Hunger", "guten Morgen", "danke schön", "wie spät ist es?", "¿cómo te llamas?",
    "tengo sed",
    "buenos días", "muchas gracias", "comment t'appelles-tu ?", "je suis fatigué", "bonjour, ça va ?",
    "merci beaucoup",
    "你好", "我累了", "今天天气怎么样?", "你叫什么名字?", "こんにちは", "お名前は何ですか?", "안녕하세요",
    "как дела?", "ciao, come stai?",
    "hoe gaat het?", "tudo bem?", "hur mår du?", "jak się masz?", "merhaba", "dzień dobry", "grazie mille",
    "obrigado", "tack",
)  # fmt: skip
_NAMES = tuple(_LANGUAGES)
_MOST_SPOKEN = ("German", "Spanish", "French", "Chinese")


def foreign_sentence(voice: Voice) -> str:
    if voice.chance(0.15):
        return voice.say(_SAYINGS)
    sentences, things = _LANGUAGES[voice.pick(_MOST_SPOKEN if voice.chance(0.5) else _NAMES)]
    return voice.say(sentences).replace("{x}", voice.pick(things))
