"""Privacy as it goes on by itself: what is too old goes, deletions elsewhere are followed.

What is erased is erased in small transactions, so that nothing else waits for long; a process
killed on the way goes on where it was.
"""
