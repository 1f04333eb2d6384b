"""Every code a Problem can carry: its title, and what follows for whoever meets it.

The one table, in the order of the codes. A test proves that each example produces its code, and that
no other code is used.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What a code means.

    Attributes:
        title: What is wrong, in a few words.
        description: Why it matters: what the engine would do, or not do, because of it.
        example: A whole file that produces the code.
    """

    title: str
    description: str
    example: str


CODES: dict[str, CodeInfo] = {}
