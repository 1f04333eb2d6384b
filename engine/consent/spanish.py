"""How one asks in Spanish not to be written to."""

from __future__ import annotations

from engine.consent.phrases import Phrases

_NOUNS = (
    r"mensajes?|correos?|mails?|e mails?|emails?|sms|publicidad|spam|"
    r"notificaciones|ofertas|cosas|"
    r"respuestas|anuncios|promociones|newsletters?"
)
_SOME = r"(?:(?:mas|tantos|tantas|estos|estas|sus|tus|vuestros|vuestras|los|las|de|otros) )*"
SPANISH = Phrases(
    "es",
    bare=("dejenme en paz", "darme de baja", "cancelar suscripcion", "desuscribir(?:me)?"),
    bare_at_home=("para", "pare", "paren", "parad", "basta(?: ya)?", "alto", "baja", "detengase"),
    polite=("por favor", "porfa(?:vor)?", "gracias", "hola", "ya", "ahora", "buenas", "ok", "si"),
    leads=(
        "(?:puede|pueden|podria|podrian|podeis|podriais) (?:usted|ustedes )?",
        "y",
        "pero",
        "que",
        "(?:les|le|os|te) (?:pido|ruego|exijo) que",
        "quiero que",
        "les pido",
        "favor de",
        "solo",
    ),
    stops=(
        (
            r"(?:dejar?|dejad|dejen|deje|parar?|pare|paren|parad|basta) (?:ya )?de "
            r"(?:(?:escribir|contactar|responder|contestar|molestar|acosar|spamear|"
            r"etiquetar|mencionar|"
            r"hablar|seguir|comentar|fastidiar)(?:me|nos)|"
            rf"(?:mandar|enviar)(?:me|nos)? {_SOME}(?:{_NOUNS}))"
        ),
        rf"(?:basta|stop) (?:ya )?(?:de|con|a) {_SOME}(?:{_NOUNS})",
    ),
    requests=(
        (
            r"no (?:me|nos) (?:vuelvan? a |vuelvas a )?(?:escrib(?:as|a|an|ais|ir)|"
            r"contact(?:es|en|eis|e|ar)|respond(?:as|a|an|ais)|contest(?:es|e|en|eis)|"
            r"molest(?:es|e|en|eis|ar)|habl(?:es|e|en|eis)|etiquet(?:es|e|en|eis)|"
            r"mencion(?:es|e|en|eis)|sig(?:as|a|an))"
        ),
        (
            r"no (?:me|nos) (?:vuelvan? a |vuelvas a )?(?:mand(?:es|e|en|eis|ar)|"
            r"envi(?:es|e|en|eis|ar)) "
            rf"{_SOME}(?:{_NOUNS}|nada)"
        ),
        r"(?:deja|dejad|dejen|deje)(?:me|nos) (?:ya )?(?:en paz|tranquil[oa]s?)",
        r"(?:da|den|dad|de)me de baja",
        (
            r"(?:quiero|deseo|quisiera) (?:darme de baja|desuscribirme|"
            r"cancelar (?:mi|la) suscripcion)"
        ),
        (
            r"(?:borr|elimin|quit|saqu|sac|retir)(?:a|e|en|ad|an)?(?:me|"
            r"nos) de (?:su|sus|tu|vuestra|la|"
            r"esta|el|los) (?:\w+ )?(?:listas?|base|contactos|registros?)"
        ),
        (
            r"(?:ya )?no (?:quiero|deseo) (?:(?:recibir|ver) )?(?:mas )?"
            r"(?:que (?:me|nos) \w+|saber (?:nada )?(?:mas )?de (?:ustedes|"
            r"vosotros)|ser contactad[oa]|"
            rf"{_SOME}(?:{_NOUNS}))"
        ),
        rf"no mas (?:{_NOUNS})",
    ),
    unless=("hasta", "si", "antes", "a menos", "sin", "con", "cuando"),
)
