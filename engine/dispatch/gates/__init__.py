"""Gates: what may still hold an action back at the moment of sending, one gate a file.

All are asked within one turn of the send ledger, on facts read then, in this order:

1. halt: nothing else is worth asking while people want it quiet.
2. mode, channel_exists, restore_order: what its rule would no longer plan, what has nowhere to go,
   and what has nothing to put back need no person's answer.
3. approval: from here on it is meant to go.
4. own_account, bot_loop: whom not to talk to at all.
5. opt_out: who does not want to be talked to.
6. mention_changed, duplicate: whether there is still something to say.
7. platform: whether, and how, the platform lets us say it.
8. pack_caps, caps, cooldown: whether we said enough; after all that ends an action for good, as a
   full cap may only make it wait.
9. length, links, disclosure, budget: whether it may be said, or done, like this.
10. quiet_hours, pacing, breaker: when. Last, so that nothing waits a night to be refused.
"""
