"""Where rows lie, apart from what they mean: one small module a container, all of them streams.

`lines` (JSON lines and plain text), `json_text` (one JSON array, or an object that holds one at a key), `table` (CSV and
TSV), `columns` (Parquet and Arrow), `archive` (gzip and zip), `folder` (files, or a saved dataset), `hub` (a dataset's
id). `curation.formats.reading` tells them apart.
"""
