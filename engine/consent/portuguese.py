"""How one asks in Portuguese not to be written to."""

from __future__ import annotations

from engine.consent.phrases import Phrases

_NOUNS = (
    r"mensage(?:m|ns)|e mails?|emails?|mails?|sms|publicidade|propagandas?|"
    r"spam|notificac(?:ao|oes)|"
    r"ofertas|respostas|coisas|anuncios|newsletters?|promoc(?:ao|oes)"
)
_SOME = r"(?:(?:mais|estas|essas|as|suas|tuas|vossas|tantas|de|outras|os|seus|esses) )*"
_ADDRESS = (
    r"(?:escrever|contactar|contatar|responder|incomodar|chatear|perturbar|"
    r"marcar|mencionar|seguir|"
    rf"importunar|(?:mandar|enviar) {_SOME}(?:{_NOUNS}))"
)
PORTUGUESE = Phrases(
    "pt",
    bare=(
        "descadastrar",
        "me descadastr\\w+",
        "cancelar (?:a )?(?:minha )?(?:inscricao|subscricao)",
    ),
    bare_at_home=("pare", "parem", "parar", "para", "chega", "sair", "basta"),
    polite=(
        "por favor",
        "pfv?",
        "obrigad[oa]",
        "ola",
        "oi",
        "agora",
        "ja",
        "bom dia",
        "ok",
        "se faz",
        "favor",
    ),
    leads=(
        "(?:pode|podem|poderia|poderiam|podes)",
        "eu quero que",
        "quero que(?: voces)?",
        "e",
        "(?:peco|pedi) (?:que|para)",
        "mas",
        "nao",
        "entao",
        "so",
    ),
    stops=(
        rf"(?:par[ea]m?|parar|deix[ae]m?|deixar|chega) (?:ja )?de (?:me |nos )?{_ADDRESS}",
        (
            r"(?:par[ea]m?|parar|deix[ae]m?|deixar) (?:ja )?de (?:contactar|"
            r"escrever|enviar|mandar|"
            rf"responder|contatar|incomodar|chatear) (?:me|nos)(?: {_SOME}(?:{_NOUNS})|$)"
        ),
        rf"(?:chega|basta|stop) (?:de|com) {_SOME}(?:{_NOUNS})",
    ),
    requests=(
        (
            r"nao (?:me|nos) (?:escrev(?:a|am|as)|contact(?:e|em|es)|contat(?:e|em|es)|"
            r"respond(?:a|am|as)|incomod(?:e|em|es)|perturb(?:e|em|es)|chatei(?:e|em|es)|"
            r"marqu(?:e|em|es)|mencion(?:e|em|es)|sig(?:a|am|as))"
        ),
        (
            r"nao (?:me|nos) (?:mand(?:e|em|es)|envi(?:e|em|es)) "
            rf"{_SOME}(?:{_NOUNS}|nada)"
        ),
        r"(?:me|nos) deix(?:a|e|em|am) (?:em paz|sossegad[oa]s?|quiet[oa]s?|tranquil[oa]s?)",
        r"deix(?:a|e|em|am) (?:me|nos) (?:em paz|sossegad[oa]s?|quiet[oa]s?|tranquil[oa]s?)",
        (
            r"(?:me (?:remov\w+|tir\w+|descadastr\w+|retir\w+|exclu\w+)|"
            r"(?:remov|tir|retir|descadastr|exclu|elimin)\w+ (?:me|o meu \w+|meu \w+)) "
            r"(?:da|de|das|dessa|desta|do)"
        ),
        (
            r"quero (?:me descadastrar|descadastrar me|cancelar (?:a )?(?:minha )?(?:inscricao|"
            r"subscricao)|ser removid[oa])"
        ),
        (
            r"(?:eu )?(?:ja )?nao (?:quero|desejo) (?:mais )?(?:(?:receber|ver) )?"
            rf"(?:ser (?:contactad|contatad|incomodad)[oa]|que (?:me|voces me) \w+|"
            rf"saber (?:mais )?de voces|{_SOME}(?:{_NOUNS}))"
        ),
        rf"(?:sem|nao) mais (?:{_NOUNS})",
        r"cancel(?:e|em|a) (?:a )?minha (?:inscricao|subscricao|assinatura d[ao])",
    ),
    unless=("ate", "se", "antes", "a menos", "sem", "com", "quando"),
)
