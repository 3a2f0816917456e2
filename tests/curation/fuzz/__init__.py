"""Inputs that try to break curation: real-looking rows and files, what is done to them, and what may come of it."""
