"""`repro fit --help`: the groups of options, and each group by its name; only the whole listing needs torch."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from repro.cli.fit_options import GENERAL, GROUPS, NETWORKS, Option, network_options, options_of
from repro.errors import BadInput, hint
from repro.presets import own_preset_names, preset_names
from repro.streams import say
from repro.training.trainer_options import UNUSABLE

NETWORK_GROUP = "network"
ALL = "all"
WIDTH = 100
OFTEN = (
    "--out",
    "--seed_everything",
    "--threads",
    "--trainer.max_steps",
    "--trainer.max_time",
    "--data.tokens",
    "--data.vocabulary.size",
    "--model.network.init_args.N",
)
"""The most common options."""


def show_help(command: str, arguments: Sequence[str]) -> int:
    """Print the page of a training command, or what it says of the group that is named behind `--help`.

    Raises:
        BadInput: there is no such group.
    """
    place = next(i for i, argument in enumerate(arguments) if argument in ("-h", "--help"))
    group = arguments[place + 1] if len(arguments) > place + 1 else ""
    if not group or group.startswith("-"):
        say(_page(command))
    elif group == NETWORK_GROUP:
        say("\n\n".join(f"{path}: {NETWORKS[path].summary}\n\n{_listing(network_options(path))}" for path in NETWORKS))
    elif group in GROUPS:
        options = options_of(group)
        if group == "trainer":  # other defaults than Lightning's hold here
            options = [
                replace(option, default="", help=option.help.split(" Default: ")[0])
                for option in options
                if option.key.removeprefix("trainer.") not in UNUSABLE
            ]
        say(f"{group}: {GROUPS[group].summary}\n\n{_listing(options)}")
    elif group == ALL:
        from repro.training.configuration import TrainingConfiguration

        TrainingConfiguration(["--help"])  # prints it and exits
    else:
        names = [*GROUPS, NETWORK_GROUP, ALL]
        raise BadInput(f"there is no group of options {group!r}; {hint(group, names)}")
    return 0


def _page(command: str) -> str:
    width = max(map(len, (*GROUPS, NETWORK_GROUP)))
    groups = {name: group.summary for name, group in GROUPS.items()}
    groups |= {NETWORK_GROUP: "sizes and variants of the models, under --model.network.init_args"}
    presets = ", ".join([*preset_names(), *own_preset_names()])
    parts = [
        f"usage: repro {command} --config PRESET_OR_FILE ... [--KEY VALUE ...]",
        _filled(
            "A training run takes a model, a corpus and a trainer, each a preset or a file of your own. Later ones, "
            "and keys given with them, override earlier ones; give the trainer last. validate, test and predict take "
            "--checkpoint FILE or --out DIR, and need no --config."
        ),
        "  repro fit --config model/tiny --config data/multi30k --config trainer/cpu-hour --out runs/first",
        _filled(f"Presets: {presets}."),
        _listing(option for option in GENERAL if command != "fit" or option.key != "checkpoint"),
        "Groups of options, --GROUP.KEY VALUE:",
        "\n".join(f"  {name:{width}}  {summary}" for name, summary in sorted(groups.items())),
        _filled(f"Most often given: {', '.join(OFTEN)}."),
        f"`repro {command} --help GROUP` lists a group, `--help {ALL}` lists all; `--print_config` shows the result.",
    ]
    return "\n\n".join(parts)


def _listing(options: Iterable[Option]) -> str:
    return "\n".join(line for option in options for line in _lines(option))


def _lines(option: Option) -> Iterator[str]:
    default = f", {option.default} if not given" if option.default else ""
    kind = f" ({option.kind}{default})" if option.kind else ""
    yield f"  --{option.key}{kind}"
    said = re.sub(r":\w+:`~?([^`]*)`|`+([^`]*)`+", lambda match: (match[1] or match[2]).rpartition(".")[2], option.help)
    yield from textwrap.wrap(said, WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False)


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)
