"""Checks that find errors in a configuration before hours are spent on it."""

from collections.abc import Mapping
from typing import Any

from repro.data.own_files import check_sha256
from repro.data.parsed import TREES
from repro.data.selection import check_splits, configured_corpus
from repro.data.vocabulary import Vocabulary, given_vocabulary
from repro.errors import BadInput
from repro.scoring.definitions import left_out
from repro.streams import note_once
from repro.training.limits import check_ends, check_sizes, check_start
from repro.training.trainer_options import check_trainer
from repro.weights.initial import initial_weights


def check_fit(config: Mapping[str, Any]) -> None:
    """Check a whole configuration as `fit` would: every key, every size, the data's files.

    Raises:
        BadInput: it cannot be run.
    """
    from repro.training.configuration import TrainingConfiguration

    TrainingConfiguration(dict(config)).build({"logger": False})
    check_training(config)


def check_training(config: Mapping[str, Any]) -> None:
    """Refuse what would be noticed only after hours of training, and say which scores there will not be.

    Raises:
        BadInput: training without an end, weights to start from that do not fit, an option that no run can use, a split
            that the corpus lacks, data that is not there or has changed.
    """
    check_start(config.get("checkpoint"))
    check_initial(config)
    check_sizes((config["model"].get("network") or {}).get("init_args"))
    check_trainer(config["trainer"].get)
    check_ends(config["trainer"])
    corpus = configured_corpus(config["data"])
    check_sha256(config["data"])
    _vocabulary_given_to(config["data"])
    language = corpus.languages[1]
    for said in () if language == TREES else left_out(language, bool(config["decoding"].get("pretokenised"))):
        note_once(said)
    check_splits(corpus, config["decoding"]["splits"], config["decoding"].get("unaveraged") or ())


def check_initial(config: Mapping[str, Any]) -> None:
    """Check that the weights that training starts from, if any are given, are those of such a network and vocabulary.

    The vocabulary is compared where it is given; one that is learnt is not known before the data is prepared.

    Raises:
        BadInput: as `InitialWeights.check` and `check_vocabulary`; or a digest of no weights.
    """
    initial = initial_weights(config)
    if initial is None:
        if (config.get("initial") or {}).get("sha256") is not None:
            raise BadInput("initial.sha256 is given without initial.weights; give both, or leave it out")
        return
    initial.check(config["model"]["network"])
    vocabulary = _vocabulary_given_to(config["data"])
    if vocabulary is not None:
        initial.check_vocabulary(vocabulary)


def _vocabulary_given_to(data: Mapping[str, Any]) -> Vocabulary | None:
    """The vocabulary whose file the data's settings name; None if they have one learnt."""
    file = (data.get("vocabulary") or {}).get("file")
    return None if file is None else given_vocabulary(file)
