"""The life of a policy: edited, checked, taken up, refused, compared, put back.

The promise: what decides is always one whole revision that loads, stored with its texts before the
first decision it makes; an edit that does not load changes nothing; nothing acts without a person
that has not earned it.
"""
