"""The conductor: one TOML file in, the whole study out; it resumes from whatever is already there.

It owns no science. Every step is a function of one of the rooms below, which a user can also call as a command;
what lives here is the order of the steps, which checkpoints a study needs, and what happens in which process.
"""
