"""How one asks in German not to be written to."""

from __future__ import annotations

from engine.consent.phrases import Phrases

_NOUNS = (
    r"nachrichten?|e mails?|mails?|emails?|sms|werbung|newsletter|antworten|spam|angebote|"
    r"benachrichtigungen|kommentare|post"
)
_SOME = r"(?:(?:keine|weiteren?|mehr|noch|eure|ihre|deine|diese|solche|irgendwelche|die) )*"
GERMAN = Phrases(
    "de",
    bare=(
        "stopp",
        "aufhoren",
        "hor(?:t|en sie)? auf",
        "abmelden",
        "abbestellen",
        "austragen",
        "schluss damit",
        "abmeldung",
    ),
    bare_at_home=("schluss", "halt", "genug"),
    polite=("bitte", "danke", "hallo", "jetzt", "sofort", "endlich", "guten tag", "ja", "einfach"),
    leads=(
        "(?:konnen|konnten|wurden) sie",
        "(?:konnt|konntet|wurdet) ihr",
        "ich bitte sie",
        "und",
        "also",
        "nein",
        "nochmal",
        "noch einmal",
        "aber",
        "dann",
    ),
    stops=(
        (
            r"hor(?:t|en sie|e)? (?:(?:bitte|endlich|jetzt|doch|mal) )*auf (?:mir|"
            r"mich|uns) (?:\w+ )*?"
            r"(?:zu (?:schreiben|kontaktieren|antworten|belastigen|nerven|schicken|"
            r"senden|markieren|"
            r"erwahnen|storen)|anzuschreiben|anzusprechen|zuzuspammen|zuzumullen)"
        ),
        rf"(?:stop|stopp(?:t|en sie)?) (?:mit )?{_SOME}(?:den |der )?(?:{_NOUNS})",
        r"(?:stop|stopp) (?:mir|mich) zu \w+",
    ),
    requests=(
        (
            r"(?:schreib|kontaktier|antwort|schick|send|belastig|nerv|markier|erwahn|stor)"
            r"(?:en sie|et|e|t|n sie)? (?:mir|mich|uns) (?:(?:bitte|endlich|jetzt) )*"
            r"(?:nicht|nie|niemals) (?:mehr|wieder)"
        ),
        (
            r"(?:schick|send|schreib)(?:en sie|et|e|t)? (?:mir|uns) (?:(?:bitte|"
            r"endlich|jetzt) )*"
            rf"(?:keine|keinen) {_SOME}(?:{_NOUNS})"
        ),
        (
            r"las(?:s|st|st s|sen sie|se)t? (?:mich|uns) (?:(?:bitte|endlich|"
            r"einfach|doch|jetzt) )*"
            r"in (?:ruhe|frieden)"
        ),
        (
            r"ich (?:will|mochte|moechte|wunsche) (?:(?:bitte|ab sofort|von euch|von ihnen) )*"
            rf"(?:(?:keine|keinen) {_SOME}(?:{_NOUNS}|kontakt)|"
            r"nicht (?:mehr|weiter) (?:kontaktiert|angeschrieben|belastigt|markiert) werden|"
            r"nichts mehr von (?:euch|ihnen|dir) (?:horen|lesen)|mich (?:\w+ )*?abmelden|"
            r"(?:in ruhe gelassen|nicht \w+ angeschrieben) werden)"
        ),
        (
            r"(?:melden sie|meldet|melde|trag(?:en sie|t)?|nehmen sie|nehmt|nimm|streichen sie|"
            r"streicht|loschen sie|loscht|entfernen sie|entfernt) (?:mich|meine \w+) "
            r"(?:(?:bitte|sofort) )*(?:ab|aus|(?:von|vom|aus) (?:der|dem|eurer|"
            r"ihrer|eurem|ihrem|"
            r"newsletter|verteiler)\b.*)"
        ),
        rf"keine {_SOME}(?:{_NOUNS})(?: mehr)?(?: (?:bitte|danke|an mich|von euch)\b|$)",
    ),
    unless=("bis", "bevor", "wenn", "ausser", "ohne", "solange"),
)
