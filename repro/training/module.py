"""The LightningModule: one update of section 5, with a loss that is right however the batch is cut.

Each micro-batch's loss is a sum over its target tokens divided by the tokens of the whole update, on
all ranks and accumulation steps. Lightning then divides by the accumulation steps and DDP by the
ranks; multiplying by the number of shards undoes both.
"""

from collections.abc import Callable
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from repro.models import PackedSeq2Seq
from repro.models.loss import Smoothing, label_smoothed_loss, right_tokens
from repro.models.masks import PAD
from repro.streams import note
from repro.training.batch import Batch
from repro.training.captured_loss import CapturedLoss, PackedLoss
from repro.training.observe.meter import Meter, perplexity
from repro.training.process import configure_matmul
from repro.training.schedule import factor_for_peak, learning_rate
from repro.training.seeds import micro_batch_seed, seed_random_numbers
from repro.weights.initial import InitialWeights


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
        self.initial: InitialWeights | None = None  # set by `TrainingConfiguration.build`
        self.meter = Meter()

    # ---- the network

    def configure_model(self) -> None:
        """Make the network once the vocabulary is known, from the data module's prepared store.

        Raises:
            BadInput: the weights to start from belong to another vocabulary or network.
        """
        if self.network is None:
            vocabulary = self.trainer.datamodule.store.vocabulary  # type: ignore[attr-defined]
            self.build(len(vocabulary))
            if self.initial is not None:
                self.initial.check_vocabulary(vocabulary)
                self.initial.load_into(self)

    def build(self, V: int) -> nn.Module:
        """Make the network for V types, keep it, and have its products computed by what suits its width."""
        with torch.device("cpu"):  # Lightning would have it made on a GPU, by other random numbers
            self.network = self.make_network(V, self.seed)
        self._compiled_states = torch.compile(self.network.real_states) if self.compile_network else None
        self._captured = None
        configure_matmul(self.d_model)
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
        states, labels, tokens = self._states(batch)
        loss, nll = label_smoothed_loss(states, self.network.output_weight(), labels, eps_ls, self.smoothing_over)
        return loss, nll, tokens

    def prediction(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Negative log likelihood, summed in nats, the tokens it is over, and how many have the largest logit."""
        states, labels, tokens = self._states(batch)
        output = self.network.output_weight()
        _, nll = label_smoothed_loss(states, output, labels, 0.0, self.smoothing_over)
        return nll, tokens, right_tokens(states, output, labels)

    def _states(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Final decoder states (T, d_model) of the real target tokens, their right types (T,), and T."""
        states_of = self.network.real_states
        if self._compiled_states is not None and self.device.type == "cpu":  # a GPU's are `PackedLoss`'s to compile
            states_of = self._compiled_states
        states = states_of(batch.src, batch.tgt)
        real = batch.labels != PAD
        return states, batch.labels[real], real.sum()

    def _training_loss(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """As `loss`, of a batch on the CPU, by the quickest way there is.

        A GPU replays a graph of kernels where the network can work on packed sentences and the batch is none of the
        few that are larger than the others.
        """
        on_gpu, network = self.device.type == "cuda", self.network
        packs = on_gpu and isinstance(network, PackedSeq2Seq) and network.packs(self.device)
        if not packs or not CapturedLoss.takes(batch):
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
        seed_random_numbers(micro_batch_seed(self.seed, batch.update, batch.shard), self.device)
        loss, nll, tokens = self._training_loss(batch)
        self.meter.add(loss, nll, tokens)
        if batch.last_of_update:  # a run that ends within an update has not made it
            self.meter.target_tokens += batch.update_tokens
        return loss * (batch.shards / batch.update_tokens)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Note the gradient's norm; the same on every rank, so that all stop together if it is not finite."""
        self.meter.check_gradient()
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        self.meter.add_gradient_norm(torch.nn.utils.get_total_norm(gradients), self.global_step + 1)
        if self.device.type != "cuda":
            self.meter.check_gradient()

    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: float | None = None, gradient_clip_algorithm: str | None = None
    ) -> None:
        """Clip by the norm; Lightning's own way refuses fused optimisers under bf16-mixed, though nothing is scaled."""
        if gradient_clip_val:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), gradient_clip_val)

    def log_window(self, epoch: int) -> None:
        """Log the mean loss since the last row, over all ranks, and what is alarming about it."""
        self.meter.check_gradient()
        self.latest = self.meter.next_row(self._windows(), epoch)
        for logger in self.loggers:
            logger.log_metrics(self.latest, step=self.global_step)
        for message in self.meter.spikes(self.latest):
            if self.trainer.is_global_zero:
                note(f"alarm at step {self.global_step:,}: {message}")

    def _windows(self) -> Tensor:
        """(ranks, 3): each rank's sums of loss, negative log likelihood and tokens since the last row."""
        gathered: Tensor = self.all_gather(self.meter.window)  # type: ignore[assignment]
        return gathered.cpu().reshape(-1, 3).clone()

    # ---- the dev set

    def on_validation_epoch_start(self) -> None:
        """Start the dev set's sums anew."""
        self._dev = torch.zeros(3, dtype=torch.float64)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add one batch to the dev set's sums."""
        loss, nll, tokens = self.loss(batch, self.eps_ls)
        self._dev += torch.stack([loss, nll, tokens]).double().cpu()

    def on_validation_epoch_end(self) -> None:
        """Log the dev set's loss and perplexity per token, over all ranks; of a check before training, nothing."""
        if self.trainer.sanity_checking:
            return
        reduced = self.trainer.strategy.reduce(self._dev.to(self.device), reduce_op="sum")
        loss, nll, tokens = reduced.tolist()
        self.dev = {
            "dev/loss": loss / tokens,
            "dev/nll": nll / tokens,
            "dev/perplexity": perplexity(nll / tokens),
            "dev/target_tokens": self.meter.target_tokens,
            "dev/seconds": self.meter.seconds(),
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
        self.meter.learning_rate = float(self.trainer.optimizers[0].param_groups[0]["lr"])
        super().optimizer_step(*arguments, **keywords)

    def on_train_start(self) -> None:
        """The clock starts when training does."""
        self.meter.start()

    def progress_state(self) -> dict[str, Any]:
        """The content of a checkpoint beyond weights and optimiser; every rank must ask for it at once."""
        self.meter.check_gradient()
        return self.meter.state_dict(self._windows())

    def restore_progress(self, state: dict[str, Any]) -> None:
        """Take up a checkpoint's progress."""
        self.meter.load_state_dict(state, self.global_rank, self.trainer.world_size)
