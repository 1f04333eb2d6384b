"""How one asks in English not to be written to."""

from __future__ import annotations

from engine.consent.phrases import Phrases

_NOUNS = (
    r"messages?|e ?mails?|mails?|dms?|texts?|txts?|sms|replies|reply|"
    r"notifications?|newsletters?|"
    r"spam|ads|adverts|offers|promotions?|promos?|stuff|crap|junk|updates?|alerts?|marketing"
)
_ADDRESSING = (
    r"(?:messaging|contacting|texting|e ?mailing|e mailing|mailing|dming|dm ing|pming|pinging|"
    r"writing(?: to)?|replying(?: to)?|responding(?: to)?|answering|"
    r"spamming|bothering|harassing|"
    r"tagging|mentioning|following|pestering|disturbing|annoying|talking to|commenting on|"
    r"reaching out to) (?:me|us|my (?:posts?|comments?|tweets?|account|page|"
    r"inbox|messages?|dms?))"
)
_ADDRESS = (
    r"(?:contact|message|text|e ?mail|e mail|mail|dm|pm|write(?: to)?|reply(?: to)?|"
    r"respond(?: to)?|answer|bother|tag|mention|ping|spam|talk to|reach out to) "
    r"(?:me|us|my (?:posts?|comments?|tweets?))"
)
ENGLISH = Phrases(
    "en",
    bare=(
        "stop",
        "stopall",
        "stop (?:all|it|this|that|now|already)(?: already)?",
        "unsubscribe",
        "unsub",
        "opt ?out",
        "opt me out",
        "remove me",
        "no more",
        "do not (?:contact|reply|disturb)",
    ),
    bare_at_home=("quit", "go away", "leave", "remove"),
    polite=(
        "please",
        "pls",
        "plz",
        "thanks",
        "thank you",
        "thx",
        "ok",
        "okay",
        "just",
        "kindly",
        "now",
        "hi",
        "hello",
        "hey",
        "dear",
        "sir",
        "madam",
        "immediately",
        "yes",
        "so",
        "and",
    ),
    leads=(
        "(?:can|could|will|would) you",
        "i (?:want|need|told|asked|ask|beg) you to",
        "i said",
        "you (?:need to|have to|must|should)",
        "again",
        "once again",
        "for the last time",
        "but",
        "seriously",
        "then",
        "also",
        "well",
        "no",
        "guys",
        "everyone",
        "never again",
        "simply",
    ),
    stops=(
        rf"(?:stop|quit|cease) (?:\w+ )?{_ADDRESSING}",
        (
            r"(?:stop|quit|cease) (?:sending|with) (?:me |us )?"
            r"(?:(?:any|more|these|those|this|your|all|such|the|stupid|automated|so|many|of) )*"
            rf"(?:{_NOUNS}|anything|this$|these$|them$|$)"
        ),
        rf"(?:stop|no more) (?:the|these|those|your|with the|all) (?:\w+ )?(?:{_NOUNS})",
    ),
    requests=(
        (
            rf"(?:do not|don t|dont|not|never) (?:ever )?{_ADDRESS}(?: (?:again|"
            r"any ?more|any more|"
            r"any longer|ever|please|thanks|thank you|in (?:the )?future)\b|$)"
        ),
        rf"(?:do not|don t|dont) (?:ever )?{_ADDRESS}",
        (
            r"(?:do not|don t|dont|never) (?:ever )?send (?:me|us) "
            rf"(?:(?:any|more|these|those|your|such|further) )*(?:{_NOUNS}|anything)"
        ),
        r"leave (?:me|us) (?:the \w+ )?(?:alone|be|in peace)",
        (
            r"(?:unsubscribe|opt(?: me)? out|unsub)(?: me)?(?: (?:now|please|thanks|"
            r"from|of|at once)\b|$)"
        ),
        (
            r"(?:remove|delete|take) (?:me|my (?:number|e ?mail|e mail|address|name|handle)) "
            r"(?:from|off|out of) (?:of )?(?:your|this|the|all|any|every)"
        ),
        (
            r"i (?:want|wish|would like|d like|choose|have|need) to (?:opt out|unsubscribe|"
            r"be (?:left alone|removed|unsubscribed|taken off))"
        ),
        (
            r"i (?:do not|don t|dont|no longer) (?:want|wish|need|care) (?:to )?"
            r"(?:be (?:contacted|messaged|bothered|disturbed|tagged|e ?mailed)|hear from you|"
            r"(?:receive |get |see )?(?:(?:any|more|these|those|your|such|"
            rf"further) )*(?:{_NOUNS})|"
            rf"you to {_ADDRESS}|talk to you)"
        ),
        (
            rf"no (?:more|further) (?:{_NOUNS}|contact)(?: (?:please|thanks|"
            r"thank you|from you)\b|$)"
        ),
    ),
    unless=("until", "unless", "if", "before", "with(?:out)?", "when", "like", "in english"),
)
