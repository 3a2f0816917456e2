"""Checkpoints -> predictions -> scores -> growth curves -> Complexity, Transference -> forecast -> recommended mix -> report."""
