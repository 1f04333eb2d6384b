"""From planned to final: every action is sent at most once, and its end is recorded.

Before anything leaves the process the action stands durably in `sending`. Whatever may have taken
effect without an answer is sent again only where the receiver honours the action's id; elsewhere it
becomes `unknown`, for a person to settle.
"""
