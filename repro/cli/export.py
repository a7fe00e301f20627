"""`repro export`: a checkpoint in the format of another engine."""

import argparse

from repro.cli.weights import weights_file
from repro.errors import BadInput
from repro.paths import expanded

QUANTIZATIONS = ("int8", "int16", "float16", "bfloat16")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("engine", choices=["ctranslate2"], help="the engine to export for")
    parser.add_argument(
        "--checkpoint", required=True, type=expanded, help="weights written by a run, or the run's folder"
    )
    parser.add_argument("--out", required=True, type=expanded, metavar="DIR", help="directory to create")
    parser.add_argument("--quantization", choices=QUANTIZATIONS, help="number format of the weights (float32)")


def run(arguments: argparse.Namespace) -> int:
    """Write the model, and say how its options differ from this project's.

    Raises:
        BadInput: a missing or foreign checkpoint, a model that the engine has not, no engine, an existing directory.
    """
    from repro.weights.network import load_network

    try:
        from repro.weights.ctranslate2_model import write_ctranslate2
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "ctranslate2":
            raise
        raise BadInput("ctranslate2 is not installed; pip install -e '.[export]' in the checkout") from error
    network, vocabulary = load_network(weights_file(arguments.checkpoint))
    write_ctranslate2(network, vocabulary, arguments.out, arguments.quantization)
    print(f"{arguments.out} is for ctranslate2.Translator; its tokens are the pieces of vocabulary.model.")
    print("What `repro translate --penalty length` finds is found by:")
    print("translate_batch(pieces, beam_size=4, length_penalty=0.6, disable_unk=True)")
    return 0
