"""One judge a kind of rule over time, all of the contract of `engine.windows.judges.contract`.

Fed with mentions and with time, a judge says what entered and what resolved.
"""
