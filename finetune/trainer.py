"""transformers' Trainer with our batches, our loss and as little as possible around each step.

A step of a tiny model takes milliseconds, so what a trainer does between the steps is a cost that counts. Logging
happens only when asked for, batches come padded from the data set, and the loss is computed on supervised positions.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from finetune.data import Batches, BatchOrder
from finetune.loss import supervised_loss
from inference.likelihood import Head

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class LeanTrainer(Trainer):  # type: ignore[misc]
    """Trains `model` in place, in this process, for `len(order)` steps.

    Args:
        rate: step (from 0) -> learning rate.
        betas, weight_decay, clip: of AdamW; matrices decay, vectors don't.
        out: existing folder; nothing is written to it.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        batches: Batches,
        order: BatchOrder,
        *,
        rate: Callable[[int], float],
        betas: tuple[float, float],
        weight_decay: float,
        clip: float,
        seed: int,
        out: Path,
        callbacks: list[TrainerCallback] | None = None,
    ) -> None:
        decayed = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
        others = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=1.0, betas=betas, fused=True)
        arguments = TrainingArguments(
            output_dir=str(out),
            max_steps=len(order),
            per_device_train_batch_size=order.size,
            max_grad_norm=clip,
            seed=seed,
            use_cpu=model.device.type == "cpu",
            use_cache=bool(model.config.use_cache),  # Trainer writes it into the config that we save
            eval_strategy="no",
            save_strategy="no",
            logging_strategy="no",
            logging_nan_inf_filter=False,
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
        )
        self._batches, self._order = batches, order
        super().__init__(
            model=model,
            args=arguments,
            train_dataset=batches,
            callbacks=callbacks,
            optimizers=(optimizer, LambdaLR(optimizer, rate)),
        )
        self.remove_callback(PrinterCallback)

    optimizer: Any

    def get_train_dataloader(self) -> DataLoader[Any]:
        loader: DataLoader[Any] = DataLoader(
            self._batches,  # type: ignore[arg-type]
            batch_sampler=self._order,  # type: ignore[arg-type]
            collate_fn=_as_it_is,
        )
        if self.accelerator.num_processes > 1:
            prepared: DataLoader[Any] = self.accelerator.prepare(loader)
            return prepared
        return loader

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        return supervised_loss(
            self._head if self._direct else model, inputs["input_ids"], inputs["supervised"]
        )

    def train(self, *args: Any, **kwargs: Any) -> Any:
        # accelerate collects garbage when a run begins, which walks over everything ever imported: a quarter of a
        # second. What is alive now is not garbage.
        gc.freeze()
        try:
            return super().train(*args, **kwargs)
        finally:
            gc.unfreeze()

    # On one device without gradient scaling, accelerate's wrappers around backward, clipping and the optimizer only
    # look for a cluster at every step. The four methods below do what is left.

    @property
    def _alone(self) -> bool:
        return (
            self.accelerator.num_processes == 1
            and self.accelerator.scaler is None
            and self.accelerator.mixed_precision == "no"
            and self.args.gradient_accumulation_steps == 1
        )

    def _prepare_for_training(self, *args: Any, **kwargs: Any) -> Any:
        prepared = super()._prepare_for_training(*args, **kwargs)
        self._direct = self._alone
        if self._direct:
            self.optimizer = self.callback_handler.optimizer = self.optimizer.optimizer
            self._head = Head(self.model)
            self._trained = [p for p in self.model.parameters() if p.requires_grad]
        return prepared

    def training_step(
        self,
        model: torch.nn.Module,
        inputs: dict[str, torch.Tensor],
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        if not self._direct:
            step: torch.Tensor = super().training_step(model, inputs, num_items_in_batch)
            return step
        if not model.training:
            model.train()
        loss = self.compute_loss(model, self._prepare_inputs(inputs))
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _clip_grad_norm(self, model: torch.nn.Module) -> Any:
        if not self._direct:
            return super()._clip_grad_norm(model)
        return torch.nn.utils.clip_grad_norm_(self._trained, self.args.max_grad_norm, foreach=True)

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        return 0  # the estimate costs a walk over the parameters at every step


class Watch(TrainerCallback):  # type: ignore[misc]
    """Calls `look(step, mean loss since the last moment, learning rate)` at the moments, `tick(step)` now and then."""

    def __init__(
        self, moments: set[int], look: Callable[[int, float, float], None], tick: Callable[[int], None]
    ) -> None:
        self._moments, self._look, self._tick = moments, look, tick

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step in self._moments:
            control.should_log = True  # Trainer then drains its loss into `on_log`
        if state.global_step % 20 == 0 or state.global_step == state.max_steps:
            self._tick(state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **kwargs: Any) -> None:
        if "loss" in logs:
            self._look(state.global_step, logs["loss"], logs["learning_rate"])


def _as_it_is(batch: Any) -> Any:
    return batch
