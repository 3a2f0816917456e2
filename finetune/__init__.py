"""Mixes -> tokens and masks -> trained checkpoints."""
