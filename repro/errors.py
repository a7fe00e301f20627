"""The exceptions for errors that a user can correct, and hints at what was probably meant."""

import difflib
from collections.abc import Iterable

SHORT = 4
"""Letters of a short name: two that are swapped leave it less like itself than they leave a long one."""
CLOSE_SHORT, CLOSE = 0.6, 0.78
"""How alike two names must be, as difflib counts, for one to be a misspelling of the other.

`rwo` and `row` are, `stesp` and `steps`; `extends` and `trends`, `n_heads` and `threads` are not.
"""

CLOSE_OTHER = 0.85
"""The same for a name of another toolkit, which is a word itself: `heads` is not meant as `threads`."""

OTHER_NAMES = {
    "attention_heads": "h",
    "batch_size": "tokens",
    "beam_size": "beam",
    "d_head": "d_k",
    "d_inner": "d_ff",
    "decoder_layers": "N",
    "depth": "N",
    "dim_feedforward": "d_ff",
    "dropout": "P_drop",
    "dropout_rate": "P_drop",
    "embed_dim": "d_model",
    "embedding_dim": "d_model",
    "encoder_layers": "N",
    "epochs": "max_steps",
    "ffn_dim": "d_ff",
    "gradient_clipping": "gradient_clip_val",
    "head": "h",
    "head_dim": "d_k",
    "heads": "h",
    "hidden_dim": "d_model",
    "hidden_size": "d_model",
    "intermediate_size": "d_ff",
    "label_smoothing": "eps_ls",
    "layers": "N",
    "learning_rate": "peak_learning_rate",
    "length_penalty": "alpha",
    "lr": "peak_learning_rate",
    "max_epochs": "max_steps",
    "max_len": "max_length",
    "max_tokens": "tokens",
    "max_updates": "max_steps",
    "n_embd": "d_model",
    "n_head": "h",
    "n_heads": "h",
    "n_layer": "N",
    "n_layers": "N",
    "nhead": "h",
    "num_attention_heads": "h",
    "num_heads": "h",
    "num_hidden_layers": "N",
    "num_layers": "N",
    "smoothing": "eps_ls",
    "steps": "max_steps",
    "updates": "max_steps",
    "vocab_size": "vocabulary.size",
    "vocabulary_size": "vocabulary.size",
    "warmup_steps": "warmup",
    "warmup_updates": "warmup",
}
"""Name of a parameter in other toolkits -> the end of its key here."""
BEGINNING = 3
"""So many letters of a name suggest it, if no other begins with them."""


class BadInput(Exception):
    """Input that cannot be used: the command line prints it as one sentence and exits with status 2.

    The message is one clear sentence that names the file, key or value and says what to do.
    """


class NoRoom(BadInput):
    """A full disk: no fault of the configuration, and the same command goes on once there is room."""


class Taken(BadInput):
    """A living process works in the directory at the moment."""


class Diverged(Exception):
    """Training whose loss or gradient is no longer a number: a result, recorded as such."""


class Interrupted(Exception):
    """Ctrl-C or a termination signal: work stopped cleanly at a checkpoint and can go on; says how."""


def hint(given: object, known: Iterable[str], otherwise: str = "") -> str:
    """A hint at the name that was probably meant by an unknown one.

    Args:
        given: the name.
        known: those that there are.
        otherwise: what is said where none of them is close; by default, what there is.
    """
    names = list(known) if isinstance(known, list | tuple) else sorted(known)
    own_name = OTHER_NAMES.get(str(given).rpartition(".")[2].replace("-", "_"))
    meant = [name for name in names if own_name and f".{name}".endswith(f".{own_name}")]
    begun = [name for name in names if len(str(given)) >= BEGINNING and name.startswith(str(given))]
    if len(begun) == 1:
        meant = meant or begun
    # The longest is the whole key: some lists hold its last part, too.
    cutoff = CLOSE_OTHER if own_name else CLOSE_SHORT if len(str(given)) <= SHORT else CLOSE
    close = sorted(meant, key=len, reverse=True) or difflib.get_close_matches(str(given), names, n=1, cutoff=cutoff)
    return f"did you mean {close[0]}?" if close else otherwise or f"there are {', '.join(names) or 'none'}"
