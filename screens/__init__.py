"""The screens of `tui.py`, the annotators' terminal over a review store: one item at a time, one key a verdict.

`command` opens the store, `app` is the shell around the screens, `item` the one on which people spend their days. What
an annotator may do is the desk's business (`curation.review.desk`); `shift` holds what is before him, in the one thread
that goes to the store (`clerk`), and the screens show what comes back.
"""

import os

# Reporting all keys would swallow what an input method composes; Textual reads this when it is imported.
os.environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
