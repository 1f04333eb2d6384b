"""The outcome log's proof: the form of its rows, its erasures, its signatures, and who checks them.

Nothing here touches a database or a network: a log written to a file is judged as one in a store.
"""
