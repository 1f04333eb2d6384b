"""Receivers: how each kind of action reaches the other side.

A receiver says of itself whether its record is the whole effect and whether the other side honours
an action's id; it tells the three ways an attempt can fail apart (known not to have taken effect,
refused for good, nobody can say) and never decides what becomes of the action: the dispatcher does.
"""
