"""Every code a Problem can carry: its title, and what follows for whoever meets it.

The one table, in the order of the codes; each group stands in a module of its own. A test proves
that each example produces its code, and that no other code is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.brands_codes import BRANDS_CODES
from engine.lint_codes import ALLOW_CODES, REPLY_CODES, RULE_CODES
from engine.meaning_codes import MEANING_CODES
from engine.over_time_codes import OVER_TIME_CODES
from engine.platform_codes import PLATFORM_CODES
from engine.reference_codes import REFERENCE_CODES
from engine.routing_codes import ROUTING_CODES
from engine.safety_codes import SAFETY_CODES
from engine.settings_codes import SETTINGS_CODES
from engine.shape_codes import SHAPE_CODES

if TYPE_CHECKING:
    from engine.code_info import CodeInfo

CODES: dict[str, CodeInfo] = {
    **BRANDS_CODES,
    **SETTINGS_CODES,
    **SHAPE_CODES,
    **REFERENCE_CODES,
    **ALLOW_CODES,
    **MEANING_CODES,
    **OVER_TIME_CODES,
    **RULE_CODES,
    **ROUTING_CODES,
    **SAFETY_CODES,
    **REPLY_CODES,
    **PLATFORM_CODES,
}
