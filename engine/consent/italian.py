"""How one asks in Italian not to be written to."""

from __future__ import annotations

from engine.consent.phrases import Phrases

_NOUNS = (
    r"messagg[io]|mail|e mail|email|sms|pubblicita|spam|notifiche|offerte|risposte|newsletter|"
    r"commenti|roba"
)
_SOME = r"(?:(?:i|gli|le|la|altri|altre|vostri|vostre|questi|queste|tutti|questa|di|piu|tuoi) )*"
ITALIAN = Phrases(
    "it",
    bare=(
        "smettetela",
        "smettila",
        "disiscriv(?:imi|etemi)",
        "disiscrizione",
        "disiscrivermi",
        "annulla(?:re)? (?:l )?iscrizione",
        "cancellami",
        "cancellatemi",
    ),
    bare_at_home=("basta", "fermatevi", "fermati", "smettete", "smetti"),
    polite=(
        "per favore",
        "per piacere",
        "grazie",
        "ciao",
        "salve",
        "buongiorno",
        "ora",
        "adesso",
        "subito",
        "ok",
        "vi prego",
        "ti prego",
        "la prego",
    ),
    leads=(
        "(?:puoi|potete|potreste|puo|potrebbe)",
        "vi (?:chiedo|prego) di",
        "e",
        "ma",
        "allora",
        "voglio che",
        "dovete",
        "no",
    ),
    stops=(
        (
            r"(?:smett(?:i|ete|etela|ila|a|ere|erla)|finit(?:e|ela)|piantatela|basta|stop) "
            r"(?:subito )?(?:di|con|a) (?:(?:scriver|contattar|risponder|disturbar|"
            r"tormentar|taggar|"
            r"menzionar|seguir|importunar|infastidir)(?:mi|ci)|"
            rf"(?:mandar|inviar|spedir)(?:mi|ci) {_SOME}(?:{_NOUNS})|{_SOME}(?:{_NOUNS}))"
        ),
        rf"(?:basta|stop) (?:con )?{_SOME}(?:{_NOUNS})",
    ),
    requests=(
        (
            r"(?:di )?non (?:scriv|contatt|rispond|disturb|tagg|menzion|cerc|importun)"
            r"(?:ete|ate|er|ar|ere|are)(?:mi|ci|temi|teci)"
        ),
        (
            r"(?:di )?non (?:mi|ci) (?:scriv(?:ere|ete|a|ano)|contatt(?:are|ate|i|ino)|"
            r"disturb(?:are|ate|i|ino)|rispondere|cerc(?:are|ate)|tagg(?:are|ate))"
            r"(?: mai)? piu"
        ),
        (
            r"(?:di )?non (?:(?:mi|ci) )?(?:mandat|inviat|mandar|inviar|mandare|"
            r"inviare|mandate|inviate)"
            rf"(?:emi|eci|mi|ci)? {_SOME}(?:{_NOUNS})"
        ),
        r"lascia(?:te)?(?:mi|ci) (?:in pace|stare|perdere|tranquill[oaie])",
        (
            r"(?:disiscriv|cancell|rimuov|togli|elimin)(?:i|a|ete|ate|ere|"
            r"are)?(?:mi|temi|rmi)(?: subito)? "
            r"(?:da|dal|dalla|dalle|dai|di)\b"
        ),
        r"voglio (?:disiscrivermi|cancellarmi|essere (?:cancellat|rimoss)[oa])",
        (
            r"non voglio (?:piu )?(?:(?:ricevere )?(?:"
            rf"{_SOME}(?:{_NOUNS}))|essere (?:contattat|disturbat|taggat)[oa]|sentirvi|"
            r"avere (?:vostre )?notizie|che mi \w+)"
        ),
        rf"niente (?:piu )?(?:{_NOUNS})",
    ),
    unless=("finche", "se", "prima", "senza", "quando", "a meno"),
)
