"""One file a subcommand of `python -m curation`: its arguments, and what runs behind them."""
