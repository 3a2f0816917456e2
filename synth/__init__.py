"""Comparison data for the human set: the same abilities, counts and lengths, made by a model, gated by curation's own rules."""
