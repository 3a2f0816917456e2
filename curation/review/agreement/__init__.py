"""How far people agree, how fast they work, when a review ends: read from verdicts, without a database."""
