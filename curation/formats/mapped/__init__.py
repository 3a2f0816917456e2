"""A user's own format as TOML instead of code: `fields` finds values in a row, `spec` is the file, `reader` reads by it."""
