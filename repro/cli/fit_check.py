"""Checks a command line of `repro fit` before torch and Lightning are imported.

The check is narrower than the real parser and never stricter: it accepts whatever it cannot judge. The real parser
reads the same command line afterwards.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.cell_directory import CELL_FILE
from repro.cli.fit_options import GROUPS, LINKED, NETWORK, NETWORKS, all_options, network_options
from repro.cli.weights import weights_file
from repro.errors import BadInput
from repro.ledger.grids.cell import merge
from repro.ledger.grids.parameters import nested
from repro.paths import expanded
from repro.plain_yaml import parse_yaml, plain_scalar
from repro.presets import preset_path, read_yaml
from repro.training.limits import check_ends, check_limits, check_sizes, check_start
from repro.training.parser_messages import TYPES, missing, unknown_option
from repro.training.trainer_options import check_trainer

NEGATIVE = re.compile(r"-\d+|-\d*\.\d+")
"""Words that argparse takes for values, though they begin like options."""
WORD = re.compile(r"[A-Za-z][\w-]*")
"""No number, list or mapping."""
SECTIONS = {*GROUPS, "model.network", NETWORK}
"""Keys that have keys below them."""


class _Undecided(Exception):
    """Only the real parser can tell."""


def check_fit_arguments(arguments: Sequence[str]) -> None:
    """Refuse what the real parser, or a look at the files, would refuse as well.

    Raises:
        BadInput: names the option, key, file or preset.
    """
    if any(argument.startswith("--print_config") for argument in arguments):
        return  # which shows what is wrong, too
    try:
        _check_whole(_Reader(arguments).config)
    except _Undecided:
        return


class _Reader:
    """Reads the arguments from left to right, as the parser does.

    Attributes:
        config: what they say together, later ones over earlier ones.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self.config: dict[str, Any] = {}
        self._wrong_arguments: list[str] = []
        left = list(arguments)
        while left:
            token = left.pop(0)
            if not _is_option(token):
                if token.startswith("-"):
                    raise _Undecided
                raise BadInput(unknown_option(token, ()))
            option, equals, value = token.partition("=")
            key = {"-c": "config"}.get(option, option.removeprefix("--"))
            self._check_known(option, key.removesuffix("+"))
            if not equals:
                if not left or _is_option(left[0]):
                    raise BadInput(f"--{key} has no value; write one after it")
                value = left.pop(0)
            self._take(key, value)
        if self._wrong_arguments and self._network() in NETWORKS:
            network = [option.key for option in network_options(str(self._network()))]
            raise BadInput(unknown_option(self._wrong_arguments[0], [*all_options(), *network]))

    def _network(self) -> Any:
        """The class path of the network, as far as it is given."""
        return _section(_section(self.config, "model"), "network").get("class_path")

    def _take(self, key: str, value: str) -> None:
        if value[:1] in ("[", "{"):
            read = parse_yaml(value, f"--{key}")
        elif key == "config":
            read = read_yaml(preset_path(value))
        else:
            read = value
        if key == "config":
            if isinstance(read, Mapping):
                self._take_file(read)
            return
        if key in SECTIONS or key.endswith("+"):
            raise _Undecided
        self._set(key, _scalar(read) if isinstance(read, str) else read)

    def _take_file(self, content: Mapping[Any, Any], above: str = "") -> None:
        for name, value in content.items():
            if not isinstance(name, str):
                raise _Undecided
            key = f"{above}.{name}" if above else name
            self._check_known(key, key)
            if key in SECTIONS and isinstance(value, Mapping):
                self._take_file(value, key)
            elif key in SECTIONS and value is not None:
                raise _Undecided
            else:
                self._set(key, value)

    def _set(self, key: str, value: Any) -> None:
        option = all_options().get(key)
        if option is not None:
            _check_kind(key, option.kind, value)
            if type(value) is int and _kinds(option.kind) == {"float"}:
                value = float(value)
        if key == "model.network.class_path" and self._network() not in (None, value):
            raise _Undecided  # which arguments are kept
        self.config = merge(self.config, nested(key, value))

    def _check_known(self, typed: str, key: str) -> None:
        """Refuse a key that nothing takes.

        Args:
            typed: the key as it stands there, with its dashes if it is an option.
            key: without them.
        """
        options = all_options()
        above, _, name = key.rpartition(".")
        if name == "help" or key in ("h", "print_shtab", "print_config", *LINKED):
            raise _Undecided
        if key in options or key in SECTIONS or key == "model.network.class_path":
            return
        if above == NETWORK:
            if not any(key in (option.key for option in network_options(network)) for network in NETWORKS):
                self._wrong_arguments.append(key)
        elif above.startswith("model.network") or any(
            key.startswith(f"{taken}.") and (taken.startswith("trainer.") or "dict" in option.kind)
            for taken, option in options.items()
        ):
            raise _Undecided
        else:
            raise BadInput(unknown_option(typed, [*(s for s in SECTIONS if s != NETWORK), *options]))


def _section(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The mapping below a key; empty if there is none."""
    value = config.get(name)
    return value if isinstance(value, Mapping) else {}


def _is_option(token: str) -> bool:
    if NEGATIVE.fullmatch(token) or len(token) < 2 or not token.startswith("-"):
        return False
    option = token.partition("=")[0]
    return " " not in option and option != "--"


def _scalar(text: str) -> Any:
    """The value that a word after an option stands for."""
    if not text:
        raise _Undecided
    try:
        return plain_scalar(text)
    except ValueError:
        raise _Undecided from None


def _check_kind(key: str, kind: str, value: Any) -> None:
    """Refuse a word where a number or a truth value has to be, and a word that is none of those that may be there."""
    if not isinstance(value, str) or not WORD.fullmatch(value) or value == "None" or _is_float(value):
        return
    kinds = _kinds(kind)
    if len(kinds) == 1 and kinds <= {"int", "float", "bool"}:
        raise BadInput(f"{key} is {value!r}; it must be {TYPES[kinds.pop()]}")
    if kind.startswith("Literal["):
        allowed = ast.literal_eval(kind.removeprefix("Literal"))
        if value not in allowed:
            raise BadInput(f"{key} is {value!r}; it must be one of {', '.join(map(str, allowed))}")


def _kinds(kind: str) -> set[str]:
    """The types of "int | None" or "Optional[int]" but for None."""
    return {part.strip() for part in kind.removeprefix("Optional[").removesuffix("]").split("|")} - {"None"}


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_whole(config: Mapping[str, Any]) -> None:
    """Look at what the arguments say together.

    Raises:
        BadInput: no model, numbers out of their limits, files or corpora that are not there.
    """
    if "network" not in _section(config, "model"):
        raise BadInput(missing("model.network"))
    check_limits(lambda key: None if key.startswith(NETWORK) else _number(config, key))
    check_sizes(_section(_section(_section(config, "model"), "network"), "init_args"))
    check_start(config.get("checkpoint"))
    out = config.get("out")
    started = (expanded(str(out)) / CELL_FILE) if out is not None else Path("runs") / "fit"
    if not started.exists():  # what is done needs its files no more
        if (initial := _section(config, "initial").get("weights")) is not None:
            weights_file(expanded(str(initial)))
        check_trainer(_section(config, "trainer").get)
        check_ends(_section(config, "trainer"))
        _check_data(_section(config, "data"), _section(config, "decoding"))


def _number(config: Mapping[str, Any], key: str) -> int | float | None:
    value: Any = config
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _check_data(data: Mapping[str, Any], decoding: Mapping[str, Any]) -> None:
    """Check the user's own files, a given vocabulary, and the splits that are scored."""
    from repro.data.own_files import SPLITS
    from repro.data.selection import check_splits, configured_corpus
    from repro.data.vocabulary import given_vocabulary

    if (vocabulary := _section(data, "vocabulary").get("file")) is not None:
        given_vocabulary(str(vocabulary))
    files = {split: data[split] for split in SPLITS if data.get(split)}
    decoded, unaveraged = decoding.get("splits", ["test"]), decoding.get("unaveraged", [])
    for value in (*files.values(), data.get("languages") or [], decoded, unaveraged):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _Undecided
    if files:
        check_splits(configured_corpus({"corpus": "multi30k", **data, "builtin": None}), decoded, unaveraged)
