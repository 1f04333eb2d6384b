"""Changing advertisements: read first, remembered, changed, read back, and put back exactly.

Nothing is ever archived or deleted. Every change stands in the ledger before it is made
(`engine.changes`), and what it found is what restoring writes.
"""
