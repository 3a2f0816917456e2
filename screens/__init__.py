"""The screens of `tui.py`, the annotators' terminal: one instance at a time, one key a verdict, each on the disk before the screen says so.

Verdicts are one person's own and go to one file; several reviewers of one pool, and who may judge what, need a store.
"""

import os

# Reporting all keys would swallow what an input method composes; Textual reads this when it is imported.
os.environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
