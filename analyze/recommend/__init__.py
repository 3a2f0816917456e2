"""The targeted mix: surfaces fitted to validation scores, a robust integer solver, and the decision to use it."""
