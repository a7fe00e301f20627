"""Where `repro prepare --vocabulary-from` gets a vocabulary: from a trained model, or from a prepared corpus."""

from pathlib import Path

from repro.cli.weights import weights_file
from repro.data.store import MANIFEST, VOCABULARY
from repro.errors import BadInput


def vocabulary_file(source: Path, root: Path) -> Path:
    """The file of the vocabulary that `source` has.

    Args:
        source: a checkpoint, a run's folder, a model of the package, a prepared corpus, or a vocabulary's own file.
        root: where a model's vocabulary is written, under a name that says what it is.

    Raises:
        BadInput: nothing is there, or no checkpoint of this project; or the file cannot be written.
    """
    if (source / MANIFEST).is_file():
        source = source / VOCABULARY
    if source.is_file() and source.suffix != ".ckpt":
        return source
    from repro.weights.checkpoint_file import check_complete, read_checkpoint, vocabulary_of

    weights = weights_file(source)
    content = read_checkpoint(weights, mmap=True)
    check_complete(weights, content)
    vocabulary = vocabulary_of(content)
    path = root / f"vocabulary-{vocabulary.sha256[:12]}.model"
    if not path.is_file() or path.read_bytes() != vocabulary.model:
        try:
            root.mkdir(parents=True, exist_ok=True)
            vocabulary.save(path)
        except OSError as error:
            raise BadInput(f"{path} cannot be written ({error.strerror}); name another --root") from error
    return path
