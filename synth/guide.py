"""The one screen of `python -m synth generate` without arguments: 80 columns, 24 lines."""

COMMANDS = {
    "a model folder on this machine, in this process, no GPU needed": (
        "python -m synth generate --prompts prompts.jsonl --model models/teacher"
    ),
    "vLLM in this process, sampled, exactly 1000 accepted rows per ability": (
        "python -m synth generate --prompts prompts.jsonl --backend vllm \\\n"
        "    --model Qwen/Qwen3-8B --set temperature=0.7 --set retries=3 --accept 1000"
    ),
    "an OpenAI-compatible endpoint (its key is read from OPENAI_API_KEY)": (
        "python -m synth generate --prompts prompts.jsonl --backend openai \\\n"
        "    --model Qwen/Qwen3-8B --set base_url=http://127.0.0.1:8000/v1"
    ),
}

GUIDE = (
    """\
generate makes the synthetic twin of a human set: same instructions, answered by
a model. It needs
  prompts  JSON lines of instances, e.g. what `python -m curation split` writes
  a model  a folder or hub id with its tokenizer, or a name an endpoint serves
and writes runs/generate-<12 hex>/accepted.jsonl, rejects.jsonl, journal.jsonl.
Stopped at any moment, the same command goes on; no answer is asked for twice.

"""
    + "\n".join(f"# {title}\n  {command}" for title, command in COMMANDS.items())
    + """

Settings live in a file, flags override them: python -m synth generate my.toml
  prompts = "prompts.jsonl"
  model = "models/teacher"
  temperature = 0.7   # 0 is greedy
  retries = 2         # ask again after a rejected reply
  accept = 1000       # or a table [accept] with one line per ability
Every setting: python -m synth generate --help"""
)
