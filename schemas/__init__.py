"""The ground floor: the types everything else is made of, and the files they live in. Imports nothing of ours above it."""
