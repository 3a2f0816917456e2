"""Instances in the layouts of other tools: files and folders, their dataset card, the way to the hub."""
