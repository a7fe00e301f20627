"""The configuration of a row: the scale's presets, or the grid's own, with what the grid and the row set."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from repro.errors import BadInput
from repro.ledger.grids.cell import merge
from repro.ledger.grids.grid import seed_key
from repro.ledger.grids.grid_keys import GridKeys
from repro.ledger.grids.parameters import computed, full_name, nested
from repro.ledger.grids.scale import Scale
from repro.presets import preset_path, read_yaml
from repro.weights.initial import with_initial_sha256

PRESET_KEYS = ("model", "data", "trainer")
"""Keys of a grid and of its rows that name a preset."""


OPTIONAL: Mapping[str, Any] = {
    "initial": {"weights": None, "sha256": None},
    "data": {"vocabulary": {"file": None}},
}
"""Keys of a training that not every preset has, and that rows may set all the same."""


class RowConfiguration:
    """Makes the configurations of one grid's rows at one scale.

    Args:
        keys: what the grid's file says at the scale.
        scale: where it runs.
        settings: for all rows, of the command line.
    """

    def __init__(self, keys: GridKeys, scale: Scale, settings: Mapping[str, Any]) -> None:
        self.keys, self.scale, self.settings = keys, scale, settings

    def of(self, settings: Sequence[tuple[str, Mapping[str, Any]]]) -> Mapping[str, Any]:
        """The configuration of one row.

        Args:
            settings: what it sets itself, each with the place in the file.

        Raises:
            BadInput: a preset or parameter that does not exist, or values that contradict each other.
        """
        presets = self._base_config(dict(self._presets(settings)))
        base = presets
        for where, values in (("set", self.keys.mapping("set")), ("--set", self.settings)):
            base = self._with(base, where, {self._full_name(where, name, base): v for name, v in values.items()})
        chosen: dict[str, tuple[str, Any]] = {}
        for where, values in settings:
            for name, value in values.items():
                if name in PRESET_KEYS and "config" not in self.keys.content:
                    continue
                key = self._full_name(where, name, base)
                if key in chosen and chosen[key][1] != value:
                    before, other = chosen[key]
                    self.keys.refuse(where, f"sets {key} to {value!r}, which {before} sets to {other!r}; choose one")
                chosen[key] = (where, value)
        config = self._with(base, " and ".join(where for where, _ in settings), {k: v for k, (_, v) in chosen.items()})
        return _by_content(config)

    def _full_name(self, where: str, name: Any, config: Mapping[str, Any]) -> str:
        if "config" in self.keys.content and isinstance(config.get(name), Mapping):
            return str(name)  # a mapping of the grid's own, which is set as one, and not by its parts alone
        try:
            full = full_name(self._with_optional(config), str(name))
        except ValueError as error:
            self.keys.refuse(where, str(error))
        if full == seed_key(config):
            self.keys.refuse(
                where, f"names {full}, but rows run with the grid's seeds; give --seeds, or seeds in the file"
            )
        return full

    def _with(self, config: Mapping[str, Any], where: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            values = computed(values, self._with_optional(config))
        except ValueError as error:
            self.keys.refuse(where, str(error))
        return merge(config, *(nested(key, value) for key, value in values.items()))

    def _with_optional(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """All that a row may set."""
        return config if "config" in self.keys.content else merge(OPTIONAL, config)

    def _presets(self, settings: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, str]]:
        if "config" in self.keys.content:
            return
        for key in PRESET_KEYS:
            where, value = key, self.keys.content.get(key, "base" if key == "model" else getattr(self.scale, key))
            for place, values in settings:
                if key in values:
                    where, value = f"{place}.{key}", values[key]
            if not isinstance(value, str):
                self.keys.refuse(where, f"is {value!r}; it must be the name of a preset or a file")
            yield key, self.scale.models.get(value, value) if key == "model" else value

    def _base_config(self, presets: Mapping[str, str]) -> Mapping[str, Any]:
        if "config" in self.keys.content:
            if not isinstance(self.keys.content["config"], dict):
                self.keys.refuse("config", "must hold keys and values")
            whole: Mapping[str, Any] = self.keys.content["config"]
            self._check_names(whole, "config")
            return whole
        try:
            return _merged_presets(tuple(presets.values()))
        except BadInput as error:
            raise BadInput(f"{self.keys.path}: {error}") from error

    def _check_names(self, config: Mapping[Any, Any], place: str) -> None:
        """Check that keys are text, so that parameters can be named."""
        for key, value in config.items():
            if not isinstance(key, str):
                self.keys.refuse(place, f"has the key {key!r}, which is not text; put it in quotes")
            if isinstance(value, Mapping):
                self._check_names(value, f"{place}.{key}")


def _by_content(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration; if it names user files, with digests of their content, which decides the cell."""
    config = with_initial_sha256(config)
    data = config.get("data")
    if not isinstance(data, Mapping):
        return config
    vocabulary = data.get("vocabulary")
    of_a_file = isinstance(vocabulary, Mapping) and vocabulary.get("file") is not None
    if not of_a_file and not any(data.get(split) for split in ("train", "dev", "test")):
        return config
    from repro.data.own_files import with_sha256  # of no use to the shipped grids, which should be read quickly

    return with_sha256(config)


@cache
def _merged_presets(names: tuple[str, ...]) -> Mapping[str, Any]:
    return merge(*(read_yaml(preset_path(name)) for name in names))
