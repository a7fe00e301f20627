"""The LightningModule: one update of section 5, with a loss that is right however the batch is cut.

Each micro-batch's loss is a sum over its target tokens divided by the tokens of the whole update, on
all ranks and accumulation steps. Lightning then divides by the accumulation steps and DDP by the
ranks; multiplying by the number of shards undoes both.
"""

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from repro.errors import Diverged
from repro.models import PackedSeq2Seq
from repro.models.loss import Smoothing, label_smoothed_loss
from repro.models.masks import PAD
from repro.streams import note
from repro.training.alarms import SpikeAlarm
from repro.training.batch import Batch
from repro.training.captured_loss import CapturedLoss, PackedLoss
from repro.training.pending import PendingNumber
from repro.training.process import settle_products
from repro.training.schedule import factor_for_peak, learning_rate
from repro.training.seeds import micro_batch_seed


class TranslationModule(LightningModule):
    """A sequence-to-sequence network in training.

    Args:
        network: makes the network of a vocabulary's size and a seed, for example
            `repro.models.Transformer` with its sizes.
        seed: of the initial parameters and of dropout.
        eps_ls: label smoothing (section 5.4).
        smoothing_over: the types it is spread over: all "V", or the other "V-1" as in tensor2tensor.
        warmup: updates of linear growth of the learning rate (section 5.3).
        factor: multiplies the learning rate; 1 in the paper.
        peak_learning_rate: the schedule's largest value, in place of `factor`.
        beta_1, beta_2, adam_epsilon: of Adam (section 5.3).
        compile: compile the network with `torch.compile`: on a CPU, and what a GPU does with packed sentences.
    """

    def __init__(
        self,
        network: Callable[[int, int], nn.Module],
        seed: int = 1,
        eps_ls: float = 0.1,
        smoothing_over: Smoothing = "V",
        warmup: int = 4000,
        factor: float = 1.0,
        peak_learning_rate: float | None = None,
        beta_1: float = 0.9,
        beta_2: float = 0.98,
        adam_epsilon: float = 1e-9,
        compile: bool = False,
    ) -> None:
        super().__init__()
        self.make_network = network
        self.network: Any = None
        self._captured: CapturedLoss | None = None
        self.seed = seed
        self.eps_ls, self.smoothing_over = eps_ls, smoothing_over
        self.warmup, self.factor, self.peak_learning_rate = warmup, factor, peak_learning_rate
        self.betas, self.adam_epsilon = (beta_1, beta_2), adam_epsilon
        self.compile_network = compile
        self.alarms = {name: SpikeAlarm(name) for name in ("loss", "gradient norm")}
        self.alarm_count = 0
        self.target_tokens = 0  # trained on so far, by all ranks
        self.seconds_before = 0.0  # training time of the attempts this one continues
        self._started: float | None = None  # of the monotonic clock, once training has
        self._window = torch.zeros(3, dtype=torch.float64)  # loss, nll, tokens since the last logged row
        self._gradient_norm = self._rate = math.nan
        self._norm: PendingNumber | None = None  # of the gradient, not looked at yet
        self._norm_update = 0
        self._logged_at = (0.0, 0)

    # ---- the network

    def configure_model(self) -> None:
        """Make the network once the vocabulary is known, from the data module's prepared store."""
        if self.network is None:
            self.build(self.trainer.datamodule.store.manifest["vocabulary"]["size"])  # type: ignore[attr-defined]

    def build(self, V: int) -> nn.Module:
        """Make the network for V types, keep it, and have its products computed by what suits its width."""
        with torch.device("cpu"):  # Lightning would have it made on a GPU, by other random numbers
            self.network = self.make_network(V, self.seed)
        self._compiled_states = torch.compile(self.network.real_states) if self.compile_network else None
        self._captured = None
        settle_products(self.d_model)
        network: nn.Module = self.network
        return network

    @property
    def d_model(self) -> int:
        """Width of the network, which the schedule needs."""
        width: int = self.network.output_weight().shape[1]
        return width

    # ---- one update

    def loss(self, batch: Batch, eps_ls: float) -> tuple[Tensor, Tensor, Tensor]:
        """Smoothed loss and negative log likelihood, both summed in nats, and the tokens they are over."""
        states_of = self.network.real_states
        if self._compiled_states is not None and self.device.type == "cpu":  # a GPU's are `PackedLoss`'s to compile
            states_of = self._compiled_states
        states = states_of(batch.src, batch.tgt)
        real = batch.labels != PAD
        loss, nll = label_smoothed_loss(
            states, self.network.output_weight(), batch.labels[real], eps_ls, self.smoothing_over
        )
        return loss, nll, real.sum()

    def _training_loss(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """As `loss`, of a batch on the CPU, by the quickest way there is.

        A GPU replays a graph of kernels where the network can work on packed sentences and the batch is none of the
        few that are larger than the others.
        """
        packs = isinstance(self.network, PackedSeq2Seq) and self.network.packs(self.device)
        if self.device.type != "cuda" or not packs or not CapturedLoss.takes(batch):
            # Lightning would wait for each copy but those of bare tensors; from pinned memory none needs waiting for.
            return self.loss(batch.to(self.device, non_blocking=True), self.eps_ls)
        if self._captured is None:
            packed = PackedLoss(self.network, self.eps_ls, self.smoothing_over, self.compile_network)
            self._captured = CapturedLoss(packed, self.device)
        loss, nll = self._captured(batch)
        return loss, nll, (batch.labels != PAD).sum()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of one micro-batch, scaled as the head of this file says."""
        if batch.update != self.global_step:
            raise RuntimeError(f"a batch of update {batch.update} came at update {self.global_step}")
        torch.manual_seed(micro_batch_seed(self.seed, batch.update, batch.shard))
        loss, nll, tokens = self._training_loss(batch)
        self._window = self._window.to(loss.device)  # where it is added up without waiting for the result
        self._window += torch.stack([loss.detach(), nll, tokens.to(loss.device, non_blocking=True)]).double()
        if batch.first_of_update:
            self.target_tokens += batch.update_tokens
        return loss * (batch.shards / batch.update_tokens)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Note the gradient's norm; the same on every rank, so that all stop together if it is not finite."""
        self._check_gradient()
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        self._norm = PendingNumber(torch.nn.utils.get_total_norm(gradients))
        self._norm_update = self.global_step + 1
        if self.device.type != "cuda":
            self._check_gradient()

    def _check_gradient(self) -> None:
        """Take note of the last gradient's norm.

        A GPU is an update behind the CPU that gives it work, and waiting for the norm would keep it idle: there it is
        looked at before the next update, and before anything is logged or saved.

        Raises:
            Diverged: it is no number.
        """
        if self._norm is None:
            return
        self._gradient_norm, self._norm = self._norm.value(), None
        if not math.isfinite(self._gradient_norm):
            raise Diverged(f"the gradient's norm is {self._gradient_norm} at update {self._norm_update}")

    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: float | None = None, gradient_clip_algorithm: str | None = None
    ) -> None:
        """Clip by the norm; Lightning's own way refuses fused optimisers under bf16-mixed, though nothing is scaled."""
        if gradient_clip_val:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), gradient_clip_val)

    def log_window(self, epoch: int) -> None:
        """Log the mean loss since the last row, over all ranks."""
        self._check_gradient()
        loss, nll, tokens = self._windows().sum(dim=0).tolist()
        self._window.zero_()
        seconds = self.training_seconds()
        elapsed, trained = seconds - self._logged_at[0], self.target_tokens - self._logged_at[1]
        self._logged_at = (seconds, self.target_tokens)
        row = {
            "train/loss": loss / tokens,
            "train/nll": nll / tokens,
            "train/perplexity": math.exp(min(nll / tokens, 700.0)),
            "train/learning_rate": self._rate,
            "train/gradient_norm": self._gradient_norm,
            "train/epoch": epoch,
            "train/target_tokens": self.target_tokens,
            "train/seconds": seconds,
            "train/tokens_per_second": trained / elapsed if elapsed > 0 else 0.0,
        }
        for logger in self.loggers:
            logger.log_metrics(row, step=self.global_step)
        self.latest = row
        for name, value in (("loss", loss / tokens), ("gradient norm", self._gradient_norm)):
            message = self.alarms[name].watch(value)
            if message is not None:
                self.alarm_count += 1
                if self.trainer.is_global_zero:
                    note(f"alarm at step {self.global_step:,}: {message}")

    def _windows(self) -> Tensor:
        """(ranks, 3): each rank's sums of loss, negative log likelihood and tokens since the last row."""
        gathered: Tensor = self.all_gather(self._window)  # type: ignore[assignment]
        return gathered.cpu().reshape(-1, 3).clone()

    def training_seconds(self) -> float:
        """Wall time in training, validation and checkpoints included, over all attempts this continues."""
        return self.seconds_before + (time.monotonic() - self._started if self._started is not None else 0.0)

    # ---- the dev set

    def on_validation_epoch_start(self) -> None:
        """Start the dev set's sums anew."""
        self._dev = torch.zeros(3, dtype=torch.float64)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add one batch to the dev set's sums."""
        loss, nll, tokens = self.loss(batch, self.eps_ls)
        self._dev += torch.stack([loss, nll, tokens]).double().cpu()

    def on_validation_epoch_end(self) -> None:
        """Log the dev set's loss and perplexity per token, over all ranks."""
        reduced = self.trainer.strategy.reduce(self._dev.to(self.device), reduce_op="sum")
        loss, nll, tokens = reduced.tolist()
        self.dev = {
            "dev/loss": loss / tokens,
            "dev/nll": nll / tokens,
            "dev/perplexity": math.exp(min(nll / tokens, 700.0)),
            "dev/target_tokens": self.target_tokens,
            "dev/seconds": self.training_seconds(),
        }
        self.dev_tokens = int(tokens)
        for logger in self.loggers:
            logger.log_metrics(self.dev, step=self.global_step)

    # ---- optimiser and state

    def configure_optimizers(self) -> Any:
        """Adam and the schedule of section 5.3, stepped once an update."""
        factor = self.factor
        if self.peak_learning_rate is not None:
            factor = factor_for_peak(self.peak_learning_rate, self.d_model, self.warmup)
        optimiser = torch.optim.Adam(
            self.network.parameters(), lr=1.0, betas=self.betas, eps=self.adam_epsilon, fused=True
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda done: learning_rate(done + 1, self.d_model, self.warmup, factor)
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def optimizer_step(self, *arguments: Any, **keywords: Any) -> None:
        """Note the rate this update is made with before the schedule moves on."""
        self._rate = float(self.trainer.optimizers[0].param_groups[0]["lr"])
        super().optimizer_step(*arguments, **keywords)

    def on_train_start(self) -> None:
        """The clock starts when training does."""
        self._started = time.monotonic()
        self._logged_at = (self.seconds_before, self.target_tokens)

    def progress_state(self) -> dict[str, Any]:
        """What a checkpoint keeps beside weights and optimiser; every rank must ask for it at once."""
        self._check_gradient()
        return {
            "windows": self._windows(),
            "alarms": {name: alarm.past for name, alarm in self.alarms.items()},
            "target_tokens": self.target_tokens,
            "seconds": self.training_seconds(),
            "alarm_count": self.alarm_count,
        }

    def restore_progress(self, state: dict[str, Any]) -> None:
        """Take up a checkpoint's progress."""
        windows = state["windows"]
        if len(windows) == self.trainer.world_size:
            self._window = windows[self.global_rank].clone()
        elif self.trainer.is_global_zero:  # written by another number of ranks
            self._window = windows.sum(dim=0)
        for name, past in state["alarms"].items():
            self.alarms[name].past = past
        self.target_tokens = state["target_tokens"]
        self.seconds_before = state["seconds"]
        self.alarm_count = state["alarm_count"]
