"""Sources: one connector a file, each bringing mentions in batches.

Every source promises (``tests/streams/test_source_contract.py`` holds all of them to it):

- A batch carries the cursor at which reading goes on once that batch is stored.
- Reading again from a cursor loses nothing; what it brings twice has the same identity.
- Bad input becomes a dead letter naming its place; it never stops the rest.
- Blocking work happens in a thread, and what was opened is closed when iteration stops.
"""
