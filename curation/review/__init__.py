"""Review by people: a pool goes through filtering, revision and review, and no way of acting breaks the rules of that.

`process` says what the rules are, without a database. `tables` are what a store holds: an append-only log of events and
what follows from it. `desk` is what one annotator may do; `store` opens, loads and exports. `agreement` reads verdicts.
"""
