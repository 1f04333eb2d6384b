"""How one asks in French not to be written to."""

from __future__ import annotations

from engine.consent.phrases import Phrases

_NOUNS = (
    r"messages?|mails?|e mails?|emails?|courriels?|courriers?|sms|textos?|pubs?|publicites?|"
    r"notifications?|trucs?|spams?|offres?|newsletters?|reponses?|relances?|"
    r"sollicitations?|promos?"
)
_SOME = r"(?:(?:des|de|d|vos|tes|ces|tous|toutes|autres?|plus|encore|les|la|le|l|votre|ta) )*"
_ADDRESS = (
    r"(?:ecrire|contacter|repondre|relancer|harceler|spammer|solliciter|deranger|importuner|"
    r"parler|mentionner|identifier|taguer|tagger|embeter|ennuyer|suivre|"
    rf"envoyer {_SOME}(?:{_NOUNS}|ca))"
)
_IMPERATIVE = (
    r"(?:contact(?:ez|e|er)|ecri(?:vez|s|re|t)|repond(?:ez|s|re)|relanc(?:ez|e|er)|"
    r"derang(?:ez|e|er)|parl(?:ez|e|er)|sollicit(?:ez|e|er)|mentionn(?:ez|e|er)|"
    r"identifi(?:ez|e|er)|tag(?:u|g)?(?:ez|e|er)|harcel(?:ez|e|er)|importun(?:ez|e|er)|"
    r"embet(?:ez|e|er)|spamm(?:ez|e|er))"
)
FRENCH = Phrases(
    "fr",
    bare=(
        "arretez?",
        "arret",
        "arretez? (?:ca|cela|tout)",
        "stop (?:ca|a tout)",
        "desabonnement",
        "(?:me )?desabonner",
        "desinscription",
        "(?:me )?desinscrire",
        "stoppez",
    ),
    bare_at_home=("cessez", "assez", "plus rien"),
    polite=(
        "s il (?:vous|te) plait",
        "svp",
        "stp",
        "merci",
        "bonjour",
        "bonsoir",
        "salut",
        "bon",
        "maintenant",
        "immediatement",
        "tout de suite",
        "madame",
        "monsieur",
        "ok",
        "oui",
    ),
    leads=(
        "merci de",
        "veuillez",
        "je (?:vous|te) (?:prie|demande|supplie)(?: de| d)?",
        "mais",
        "(?:pouvez|pourriez) vous",
        "(?:peux|pourrais) tu",
        "vous pouvez",
        "il faut",
        "et",
        "donc",
        "je (?:veux|voudrais|souhaite) que vous",
        "encore une fois",
        "non",
        "vous devez",
        "bien",
    ),
    stops=(
        (
            rf"(?:arret(?:ez|e|er|iez)|cess(?:ez|e|er|iez)|stop(?:pez)?|d arreter|de cesser) "
            rf"(?:de|d)(?: (?:me|m|nous))? {_ADDRESS}"
        ),
        (
            rf"(?:arretez?|cessez?|stop(?:pez)?)(?: (?:avec|a|aux?|l envoi(?: de)?))? {_SOME}"
            rf"(?:\w+ )?(?:{_NOUNS})"
        ),
    ),
    requests=(
        rf"(?:de )?(?:ne )?(?:plus |pas |jamais )?(?:me|m|nous) {_IMPERATIVE} (?:plus|jamais)",
        (
            rf"(?:de )?ne (?:plus |pas |jamais |plus jamais )?(?:me|m|nous) {_IMPERATIVE}"
            r" (?:pas|plus|jamais)"
        ),
        rf"(?:de )?ne (?:plus jamais|plus|pas|jamais) (?:me|m|nous) {_ADDRESS}",
        (
            r"(?:de )?(?:ne )?(?:me|m|nous) (?:envoyez|envoie|envoyer|"
            r"adressez) (?:plus|pas|jamais) "
            rf"(?:rien|{_SOME}(?:{_NOUNS}))"
        ),
        rf"(?:de )?ne plus (?:me|m|nous) (?:envoyer|adresser) {_SOME}(?:{_NOUNS}|rien)",
        (
            r"(?:laissez?|foutez|fichez|lachez) (?:moi|nous)(?: (?:tranquilles?|"
            r"en paix|la paix)|$)"
        ),
        r"(?:de )?(?:me )?(?:desabonne(?:z|r)?|desinscri(?:vez|s|re))(?: (?:moi|nous)|$)",
        (
            r"(?:de )?(?:me )?(?:retir|supprim|enlev|ray|effac)(?:ez|e|"
            r"er)(?: (?:moi|nous|mon|mes))?"
            r"(?: \w+)? (?:de|des) (?:vos|votre|la|cette|ces|ta|tes) (?:\w+ )?"
            r"(?:listes?|fichiers?|envois?|base|contacts?)"
        ),
        (
            r"je (?:ne )?(?:veux|souhaite|desire|voudrais) (?:plus jamais|plus|pas) "
            r"(?:etre (?:contacte|sollicite|derange|mentionne|relance)e?|"
            r"entendre parler de vous|"
            rf"avoir de vos nouvelles|que vous (?:me|m) \w+|(?:recevoir )?{_SOME}(?:{_NOUNS}))"
        ),
        r"je (?:veux|souhaite|voudrais|desire) (?:me |etre )(?:desabonne|desinscri)\w*",
        rf"plus (?:de|d|aucun) (?:{_NOUNS})(?: (?:svp|merci|s il (?:vous|te) plait)\b|$)",
    ),
    unless=("avant", "tant", "sauf", "si", "jusqu", "sans", "avec", "quand", "en anglais"),
)
