"""Text queries: what a rule author asks of the words of a mention.

Promise: `parse` reads any text or raises `QuerySyntaxError` with the place; a `Query` gives the
exact answer for every nesting and distance, in time that is linear in the text for queries people
write and polynomial for all others; nothing recurses with the query's depth.

Where the language's page leaves a choice, this package decides:

Words
- The text is cut as it stands, URLs included: ``refund`` finds ``acme.com/refund``. Inside a
  written-out URL, ``#`` and ``@`` make no hashtag or handle.
- Signs that are no word (``% $ + ! ©``) are never searched for; alone in a query they are ignored
  with a warning, within a word they part it: ``money-back``, ``l'eau``, ``50,5`` are phrases.
- Korean and Thai go by run of letters; kana and ideographs one by one, voicing marks included.
- Emoji are compared whole: a skin tone or a joiner makes another word (``👍*`` finds both);
  selectors that only choose the drawing do not. An emoji needs no space around it.
- What folds together and what does not is said in `folding`.
- ``NOT``, ``AND`` and ``OR`` in quotes are words.

Hashtags and handles
- ``#`` or ``@`` right before a word and not behind another (``a@b.org``) makes one, digits alone
  too (``#404``). The tag is the word: ``#acme`` finds ``#acme-care`` and not ``#acmecare``;
  ``@a.b@host`` is the handle ``@a`` followed by the words b and host. A tag of Chinese or
  Japanese characters is compared whole, and ``#acme`` is not ``#acme社``.
- ``#acme`` reads the text; ``hashtag:acme`` the mention's hashtags.

Phrases and wildcards
- A word alone as ``*`` is exactly one word, also inside a phrase; ``?`` one of one character.
  A character is a letter with its marks.
- Between two Chinese or Japanese characters ``*`` is any run of characters without a gap.
- Curly quotes and « » quote too. ``raw:`` keeps wildcards and slop.
- List entries of several words are phrases; they hold no operators.

NEAR
- Binds to the left: ``a NEAR/2 b NEAR/3 c`` is ``(a NEAR/2 b) NEAR/3 c``. The span of a NEAR
  reaches from its first word to its last; spans that overlap are not near, so ``a NEAR/5 a``
  wants two. Any span of an operand may serve, not only its shortest.
- ``raw:`` may stand in NEAR; fields beside the text may not.

Fields
- Values are folded like words and fit as a whole, ``url:`` excepted; ``author:{list}`` is any of
  the list. Names of fields may be in capitals. An absent field never fits, so ``NOT author:x``
  holds where there is no author.
- ``site:acme.com`` takes subdomains, also as ``https://acme.com/``; ``lang:pt`` takes ``pt-br``.
- ``name:`` right before a word is a field or an error; followed by a space it is the word `name`
  unless a field has that name. ``http://`` and ``12:30`` are text.
- ``-word``, ``+word``, ``!word`` are no operators: warned of, the sign ignored.
"""

from engine.policy.text_query.document import Document, positions
from engine.policy.text_query.faults import QuerySyntaxError, QueryWarning, caret
from engine.policy.text_query.keywords import Clause
from engine.policy.text_query.query import Query, parse

__all__ = [
    "Clause",
    "Document",
    "Query",
    "QuerySyntaxError",
    "QueryWarning",
    "caret",
    "parse",
    "positions",
]
