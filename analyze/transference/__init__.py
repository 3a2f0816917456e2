"""Transference: how much training on one ability helps another. Every definition here is ours.

The formulas behind the paper's own Transference are not in our sources. An estimator is therefore a small protocol
(`base.Estimator`): a new one is one file in this folder that calls `base.register`, and every command, table and
check then has it.
"""

from __future__ import annotations
