"""What Trainer adds to a bare training loop, step by step, on the tiny base models.

    python benchmarks/train_overhead.py [--steps 300] [--rounds 3]

Both sides share the batches, the loss, the optimizer, the clipping and the schedule. They take turns, and the best
round of each counts; seconds are the process's CPU time on one thread, so that a busy machine matters less. The fixed
cost of starting a run is printed by itself.
"""

from __future__ import annotations

import argparse
import copy
import random
import resource
import tempfile
import time
from pathlib import Path

SHAPES = {
    "Z": {"hidden_size": 24, "layers": 1, "heads": 2, "intermediate_size": 64},
    "A": {"hidden_size": 48, "layers": 2, "heads": 3, "intermediate_size": 128},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    from finetune.base import make_base
    from finetune.data import RowCache
    from inference.local import LocalModel
    from schemas.specs import BaseSpec

    draw = random.Random(0)
    alphabet = [chr(0x4E00 + i) for i in range(430)]
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in SHAPES.items():
            text = "".join(draw.choices(alphabet, k=20_000))
            path = make_base(BaseSpec(name=name, **shape), [text], [], Path(folder) / name)
            base = LocalModel.load(path)
            rows = RowCache(base.tokenizer).rows([_instance(draw, alphabet, i) for i in range(1000)])
            _compare(name, base, rows, arguments.steps, arguments.rounds, Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process {peak:.0f} MiB")


def _instance(draw: random.Random, alphabet: list[str], row: int):
    from schemas.instance import Distractor, Instance, Message, Source

    question, answer = (
        "".join(draw.choices(alphabet, k=draw.randint(*bounds))) for bounds in ((10, 20), (3, 9))
    )
    return Instance(
        ability="math",
        form="open",
        messages=(Message(role="user", content=question), Message(role="assistant", content=answer)),
        distractors=(Distractor(text=answer + "一"),),
        source=Source(name="random", row=str(row)),
    )


def _compare(name: str, base, rows, steps: int, rounds: int, out: Path) -> None:
    pairs = [(_bare(base, rows, steps), *_trainer(base, rows, steps, out)) for _ in range(rounds)]
    bare, with_trainer = min(p[0] for p in pairs), min(p[1] for p in pairs)
    start, real = min(p[2] for p in pairs), pairs[0][3]
    print(
        f"{name}: {base.parameters:,} parameters, batch 32 of {real / steps / 32:.1f} tokens: "
        f"bare loop {bare / steps * 1e3:.2f} ms a step, Trainer {with_trainer / steps * 1e3:.2f} ms, "
        f"ratio {with_trainer / bare:.3f}; {real / with_trainer:,.0f} tokens a CPU-second; start of a run {start:.2f} s"
    )


def _parts(base, rows, steps: int):
    from finetune.data import Accounting, Batches, BatchOrder
    from finetune.schedule import linear

    counts = Accounting()
    order = BatchOrder(len(rows), 32, steps, 0)
    return copy.deepcopy(base.model), Batches(rows, 0, counts), order, linear(4e-3, 4e-4, 0.0, steps), counts


def _bare(base, rows, steps: int) -> float:
    import torch

    from finetune.loss import supervised_loss
    from inference.likelihood import Head

    model, batches, order, rate, _ = _parts(base, rows, steps)
    model.train()
    head = Head(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    begun = time.process_time()
    for step, indices in enumerate(order):
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        batch = batches.__getitems__(indices)
        supervised_loss(head, batch["input_ids"], batch["supervised"]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        optimizer.step()
        optimizer.zero_grad()
    return time.process_time() - begun


def _trainer(base, rows, steps: int, out: Path) -> tuple[float, float, int]:
    """Seconds of the steps, seconds before the first one, real tokens."""
    from transformers import TrainerCallback

    from finetune.trainer import LeanTrainer

    class Clock(TrainerCallback):
        first = last = 0.0

        def on_epoch_begin(self, *args, **kwargs) -> None:
            self.first = time.process_time()

        def on_epoch_end(self, *args, **kwargs) -> None:
            self.last = time.process_time()

    clock = Clock()
    begun = time.process_time()
    model, batches, order, rate, counts = _parts(base, rows, steps)
    LeanTrainer(
        model,
        batches,
        order,
        rate=rate,
        betas=(0.9, 0.95),
        weight_decay=0.1,
        clip=1.0,
        seed=0,
        out=out,
        callbacks=[clock],
    ).train()
    return clock.last - clock.first, clock.first - begun, counts.real


if __name__ == "__main__":
    main()
