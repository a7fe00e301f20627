"""The LightningDataModule: a prepared corpus as batches that are a pure function of where training is."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader

from repro.data.batches import BatchPlan, evaluation_batches
from repro.data.builtin import BuiltinSettings
from repro.data.corpus import Corpus
from repro.data.own_files import check_sha256
from repro.data.preparing import prepare
from repro.data.selection import select_corpus
from repro.data.store import Store
from repro.data.vocabulary import VocabularySettings
from repro.paths import expanded
from repro.training.batch import Batch, EvaluationBatches, FromMicroBatch, MicroBatches


class TranslationData(LightningDataModule):
    """Parallel text, prepared when needed.

    Args:
        corpus: the name of a known one (see `repro prepare --list`), "builtin" for generated text, or any
            name for the files given below.
        languages: source and target language codes, for files of your own.
        train, dev, test: files of your own: each entry is "source_file,target_file" or one TSV.
        sha256: what each of these entries, and a vocabulary's file, holds (see `repro.data.own_files`); other files are
            refused.
        builtin: what to generate, for the corpus "builtin".
        vocabulary: kind and size of the shared vocabulary, or a file that holds one.
        max_length: training pairs with more tokens on a side are left out, and counted.
        share: the part of the training pairs that is used, above 0 and at most 1; a smaller part lies in a larger one.
        tokens: about so many source and target tokens an update (25,000 in section 5.1).
        evaluation_tokens: about so many tokens a batch of the dev set.
        seed: of the order of batches.
        root: the directory of prepared stores.
        workers: processes that cut batches for training; 0: the training process does.
        jobs: threads that encode when preparing; None: as many as there are cores.
    """

    def __init__(
        self,
        corpus: str = "multi30k",
        languages: list[str] | None = None,
        train: list[str] | None = None,
        dev: list[str] | None = None,
        test: list[str] | None = None,
        sha256: dict[str, str] | None = None,
        builtin: BuiltinSettings | None = None,
        vocabulary: VocabularySettings | None = None,
        max_length: int = 256,
        share: float = 1.0,
        tokens: int = 25_000,
        evaluation_tokens: int = 4_000,
        seed: int = 1,
        root: str = "prepared",
        workers: int = 0,
        jobs: int | None = None,
    ) -> None:
        super().__init__()
        self.corpus_name, self.languages = corpus, languages
        self.files = {"train": train, "dev": dev, "test": test}
        self.sha256 = sha256
        self.builtin = builtin
        self.vocabulary_settings = vocabulary or VocabularySettings()
        self.max_length, self.share = max_length, share
        self.tokens, self.evaluation_tokens = tokens, evaluation_tokens
        self.seed, self.root, self.workers, self.jobs = seed, expanded(root), workers, jobs
        self._store: Store | None = None

    def corpus(self) -> Corpus:
        """The corpus that the settings name.

        Raises:
            BadInput: no such corpus, files that are missing, settings that contradict each other.
        """
        return select_corpus(self.corpus_name, self.languages, builtin=self.builtin, **self.files)

    @property
    def store(self) -> Store:
        """The prepared store; made now if it is not there.

        Raises:
            BadInput: as `corpus` and `prepare`; or files that have changed.
        """
        if self._store is None:
            check_sha256(
                {
                    "corpus": self.corpus_name,
                    "languages": self.languages,
                    **self.files,
                    "sha256": self.sha256,
                    "vocabulary": asdict(self.vocabulary_settings),
                    "root": self.root,
                }
            )
            self._store = prepare(
                self.corpus(),
                self.root,
                self.vocabulary_settings,
                max_length=self.max_length,
                share=self.share,
                jobs=self.jobs,
            )
        return self._store

    @cached_property
    def plan(self) -> BatchPlan:
        """The training batches of every epoch; it keeps the one that was asked for last."""
        split = self.store.split("train")
        return BatchPlan(split.source_lengths, split.target_lengths, tokens=self.tokens, seed=self.seed)

    def prepare_data(self) -> None:
        """Lightning calls this on one process of a machine before the others open the store."""
        _ = self.store

    def train_dataloader(self) -> DataLoader[Any]:
        """Micro-batches from where training stands, without end."""
        trainer = self.trainer
        assert trainer is not None
        accumulate: int = trainer.accumulate_grad_batches
        dataset = MicroBatches(
            self.store.split("train"), self.plan, accumulate, trainer.global_rank, trainer.world_size
        )
        return DataLoader(
            dataset,
            batch_size=None,  # an item is a batch
            sampler=FromMicroBatch(trainer.global_step * accumulate),
            num_workers=self.workers,
            pin_memory=torch.cuda.is_available(),  # so that copies to the GPU run beside its work
            multiprocessing_context="spawn" if self.workers else None,  # forking a process with threads can hang
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """The dev set, each sentence once over all ranks."""
        return self.evaluation_loader("dev")

    def evaluation_loader(self, name: str, whole: bool = False) -> DataLoader[Any]:
        """Any split in order of length, for losses: this rank's part of it, or the whole."""
        trainer = self.trainer
        rank, world_size = (trainer.global_rank, trainer.world_size) if trainer and not whole else (0, 1)
        sentences: np.ndarray = np.arange(len(self.store.split(name)))
        return self._evaluation_loader(name, sentences, rank, world_size)

    def training_sample_loader(self) -> DataLoader[Any]:
        """As many training sentences as the dev set has, evenly spaced: how well a network fits what it has seen."""
        count = len(self.store.split("train"))
        wanted = min(count, len(self.store.split("dev")))
        return self._evaluation_loader("train", np.arange(wanted) * count // wanted, 0, 1)

    def _evaluation_loader(self, name: str, sentences: np.ndarray, rank: int, world_size: int) -> DataLoader[Any]:
        split = self.store.split(name)
        longest = np.maximum(split.source_lengths, split.target_lengths)[sentences]
        batches = [sentences[batch] for batch in evaluation_batches(longest, self.evaluation_tokens)]
        # No workers: starting them takes longer than cutting a dev set.
        return DataLoader(EvaluationBatches(split, batches, rank, world_size), batch_size=None)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """A batch to train on stays where it is: the module knows what of it has to be where.

        Here and not in the module: Lightning asks the data first, and warns of a module that answers in its place.
        """
        training = self.trainer is not None and self.trainer.training
        return batch if training else batch.to(device, non_blocking=True)

    def description(self) -> dict[str, Any]:
        """The description of the data for a record: the store's manifest without its lists of files."""
        manifest = self.store.manifest
        kept = ("corpus", "languages", "splits", "vocabulary", "sources")
        return {
            "store": self.store.path.name,
            **{key: manifest[key] for key in kept if key in manifest},
            "settings": {
                "max_length": self.max_length,
                "vocabulary": _learnt_or_given(self.vocabulary_settings, manifest["vocabulary"]),
                **({"share": self.share} if self.share < 1 else {}),
            },
        }


def _learnt_or_given(settings: VocabularySettings, of_store: Mapping[str, Any]) -> dict[str, Any]:
    """How a store's vocabulary was learnt, or which one it was given; nothing of where the file lay."""
    learnt = {key: value for key, value in asdict(settings).items() if key != "file"}
    return learnt if settings.file is None else {"given": of_store["sha256"]}
