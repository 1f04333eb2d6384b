"""What one code of a Problem means."""

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
