"""How various a pool is, ability by ability, and which rows to leave out where one wording crowds out the others."""
