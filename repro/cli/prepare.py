"""`repro prepare`: writes a corpus to a memory-mapped store, and shows its content and how full its batches are.

For the user's own files it also writes a preset.
"""

import argparse
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from repro.console.empty_directories import no_empty_directories
from repro.console.numbers import between, positive
from repro.errors import BadInput, hint
from repro.paths import expanded
from repro.presets import own_preset_names, preset_names, preset_path
from repro.streams import say

SPLITS = ("train", "dev", "test")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("data", nargs="?", help="a preset, such as multi30k; or a name for your own files")
    parser.add_argument("--list", action="store_true", help="list the presets")
    parser.add_argument("--train", action="append", help='"source,target" files or one TSV; repeatable')
    parser.add_argument("--dev", action="append", help="the same for the dev set")
    parser.add_argument("--test", action="append", help="the same for the test set")
    parser.add_argument("--languages", default=None, help="source and target of your own files, such as en,de")
    parser.add_argument(
        "--vocabulary-size",
        type=between(1, 1_000_000),
        metavar="N",
        help="number of types (the preset's; without a preset 8000)",
    )
    parser.add_argument(
        "--vocabulary-from",
        type=expanded,
        metavar="PATH",
        help="take the vocabulary of a checkpoint, a run's folder, a model of the package, a prepared corpus or a "
        "vocabulary.model, to go on from that model or to compare losses",
    )
    parser.add_argument(
        "--max-length", type=positive, metavar="N", help="longest training sentence in tokens (the preset's, or 256)"
    )
    parser.add_argument(
        "--tokens",
        type=positive,
        metavar="N",
        help="report the padding of batches of so many tokens (the preset's); the preset keeps its own",
    )
    parser.add_argument("--root", type=expanded, help="directory for the prepared data (the preset's, or prepared)")
    parser.add_argument(
        "--check", action="store_true", help="also compare every file of the store with its checksum, whatever its size"
    )
    parser.add_argument("--jobs", type=between(1, 1_024), metavar="N", help="threads (the preset's, or all cores)")


def run(arguments: argparse.Namespace) -> int:
    """Prepare one corpus and print what is in it.

    Raises:
        BadInput: an unknown corpus, missing or bad files, a preset that is wrong, settings that do not fit the text.
    """
    shipped, own = _data_presets(preset_names()), _data_presets(own_preset_names())
    if arguments.list:
        listed = {**shipped, **{name: own[name] for name in own.keys() - shipped.keys()}}
        said = {name: _first_line(preset_path(preset)).removeprefix("# ") for name, preset in listed.items()}
        for name, line in said.items():
            say(f"{name:16} {line}")
        return 0
    if arguments.data is None:
        raise BadInput("name a corpus to prepare; `repro prepare --list` lists the presets")

    from repro.cli.data_section import defaults
    from repro.cli.own_preset import next_steps, write_own_preset
    from repro.cli.vocabulary_source import vocabulary_file
    from repro.data.batches import BatchPlan
    from repro.data.preparing import prepare
    from repro.data.selection import configured_corpus
    from repro.data.store import VOCABULARY
    from repro.data.vocabulary import VocabularySettings
    from repro.training.limits import limits_fit

    section = _section(arguments, shipped, own)
    if arguments.vocabulary_from is not None:
        if arguments.vocabulary_size is not None:
            raise BadInput("--vocabulary-size and --vocabulary-from exclude each other; give one of them")
        place = expanded(section.get("root") or defaults()["root"])
        file = str(vocabulary_file(arguments.vocabulary_from, place))
        section["vocabulary"] = {**(section.get("vocabulary") or {}), "file": file}
    data = {**defaults(), **section}
    data["tokens"] = arguments.tokens or data["tokens"]
    limits_fit({"data": data})
    max_length, tokens = data["max_length"], data["tokens"]
    if tokens < max_length:
        raise BadInput(f"batches of {tokens:,} tokens cannot hold sentences of {max_length:,}; lower --max-length")
    corpus = configured_corpus(data)
    root = expanded(data["root"])
    with no_empty_directories(root):
        store = prepare(
            corpus,
            root,
            VocabularySettings(**(data["vocabulary"] or {})),
            max_length=max_length,
            share=data["share"],
            jobs=arguments.jobs or data["jobs"],
        )
    compared = store.check() if arguments.check else None
    print(f"{store.path}: {len(store.vocabulary):,} types")
    if compared is not None:
        print(
            f"all {compared} files are as they were prepared"
            if compared
            else "its files have no checksums, because an earlier version prepared them"
        )
    for name, split in store.manifest["splits"].items():
        dropped = {reason: count for reason, count in split.get("dropped", {}).items() if count}
        left_out = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in dropped.items())
        print(
            f"{name}: {split['pairs']:,} pairs, {split['source_tokens']:,} source and "
            f"{split['target_tokens']:,} target tokens" + (f"; left out: {left_out}" if left_out else "")
        )
    train = store.split("train")
    plan = BatchPlan(train.source_lengths, train.target_lengths, tokens=tokens)
    print(
        f"batches of {tokens:,} tokens: {plan.batches_per_epoch:,} per epoch, "
        f"{plan.padding():.1%} of both sides is padding"
    )
    if any(data[split] for split in SPLITS) and data["corpus"] == arguments.data:  # else a preset of another name
        path = write_own_preset(section, root)
        print("\n".join(next_steps(data, path)))
        source = arguments.vocabulary_from
        if source is not None and Path(section["vocabulary"]["file"]) not in (source, source / VOCABULARY):
            given = f"--initial.weights {shlex.quote(str(source))}"
            print(f"to start from that model, add {given}, and give its own preset instead of model/tiny")
    elif arguments.vocabulary_from is not None:
        print(f"to train on it, add: --data.vocabulary.file {shlex.quote(section['vocabulary']['file'])}")
    return 0


def _data_presets(names: Iterable[str]) -> dict[str, str]:
    """Corpus -> its preset: of data alone, or a whole experiment, which has its data, too."""
    return {name.removeprefix("data/"): name for name in names if name.startswith("data/") or "/" not in name}


def _first_line(path: Path) -> str:
    """A preset's description of itself.

    Raises:
        BadInput: it is no text.
    """
    try:
        with open(path, "rb") as file:
            return file.readline().decode("utf-8").rstrip("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8; convert it, or move it to another folder") from error


def _section(arguments: argparse.Namespace, shipped: Mapping[str, str], own: Mapping[str, str]) -> dict[str, Any]:
    """The section `data` of the preset, with what the arguments say of it in place.

    The user's own files get the settings of a small corpus; a corpus without a preset has its own vocabulary.

    Raises:
        BadInput: no such corpus; the user's own files under a shipped name; a faulty preset of the user's own.
    """
    from repro.cli.data_section import data_section
    from repro.cli.own_preset import own_settings
    from repro.data.corpora import CORPORA

    name = arguments.data
    files = {split: getattr(arguments, split) for split in SPLITS}
    presets = {**own, **shipped}
    if any(files.values()):
        for entry in (entry for entries in files.values() for entry in entries or ()):
            try:
                entry.encode()
            except UnicodeEncodeError as error:
                raise BadInput(f"the name {entry!r} is not UTF-8, so no preset can hold it; rename the file") from error
        if name in shipped or name in CORPORA:
            raise BadInput(f"{name} is the name of a shipped corpus; choose another for files of your own")
        section = {**own_settings(files), "corpus": name}
    elif name in presets:
        section = {"corpus": name, **data_section(preset_path(presets[name]))}
    elif name in CORPORA:
        section = {"corpus": name, "vocabulary": own_settings(files)["vocabulary"]}
    else:
        names = list(dict.fromkeys([*presets, *CORPORA]))
        meant = hint(name, names, f"there are {', '.join(names)}, or your own files with --train")
        raise BadInput(f"there is no corpus {name!r}; {meant}")
    if arguments.languages:
        section["languages"] = [code.strip() for code in arguments.languages.split(",")]
    if arguments.vocabulary_size is not None:
        learnt = {**(section.get("vocabulary") or {}), "size": arguments.vocabulary_size}
        section["vocabulary"] = {**learnt, "file": None} if "file" in learnt else learnt
    if arguments.max_length is not None:
        section["max_length"] = arguments.max_length
    if arguments.root is not None:
        section["root"] = str(arguments.root)
    return section
