"""The fields of the schemas as tables for docs/records.md: `python -m reports.checking.schema_page docs/records.md`."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reports.checking.schema import TYPES, VERSION, Kind, schema_of
from repro import files
from repro.streams import say

DEFINED = "#/$defs/"


def field_table(kind: Kind) -> str:
    """A table with a row for each field of a schema; fields within a field follow it."""
    rows = ["| field | holds | must be there | meaning |", "| --- | --- | --- | --- |"]
    for key, field, required in _fields(schema_of(kind), schema_of(kind), ""):
        rows.append(f"| `{key}` | {_holds(field)} | {required} | {field['description']} |")
    return "\n".join(rows)


def with_tables(page: str) -> str:
    """A page with the table of each schema between its marks, `<!-- fields: KIND -->` and `<!-- end -->`."""
    for kind in VERSION:
        mark = f"<!-- fields: {kind} -->\n"
        before, found, rest = page.partition(mark)
        if found:
            page = f"{before}{mark}\n{field_table(kind)}\n\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return page


def _fields(schema: Mapping[str, Any], whole: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any, str]]:
    """Key, schema, and whether it must be there, of each field and of those within it."""
    for name, given in schema.get("properties", {}).items():
        if given.get("$ref", "").startswith(f"{DEFINED}test/"):  # what is different at a scale: the test's own fields
            continue
        field = _resolved(given, whole)
        key = f"{above}{name}"
        yield key, field, "yes" if name in schema.get("required", ()) else "no"
        yield from _fields(field, whole, f"{key}.")
        inner = field.get("additionalProperties", field.get("items"))
        if isinstance(inner, Mapping):
            yield from _fields_of_entries(inner, whole, f"{key}{'[]' if 'items' in field else '.NAME'}.")


def _fields_of_entries(
    inner: Mapping[str, Any], whole: Mapping[str, Any], above: str
) -> Iterator[tuple[str, Any, str]]:
    """The fields of a list's entries, or of values under any name. Of a second kind of entry, only what it adds."""
    if "if" not in inner:
        yield from _fields(_resolved(inner, whole), whole, above)
        return
    yield from _fields(_resolved(inner["else"], whole), whole, above)
    known = _resolved(inner["else"], whole)["properties"]
    special = " and ".join(f"`{name}`" for name in inner["if"]["required"])
    for key, field, required in _fields(_resolved(inner["then"], whole), whole, above):
        if key.removeprefix(above).partition(".")[0] not in known or key == f"{above}says":
            yield key, field, f"{required}, with {special}"


def _resolved(field: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = whole["$defs"][field["$ref"].removeprefix(DEFINED)] if "$ref" in field else field
    return found


def _holds(field: Mapping[str, Any]) -> str:
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{'null' if value is None else value}`" for value in field["enum"])
    types = field["type"]
    return ", or ".join(TYPES[name] for name in ([types] if isinstance(types, str) else types))


def main(path: Path) -> int:
    """Bring the tables of a page up to date."""
    files.write_text(path, with_tables(path.read_text(encoding="utf-8")))
    say(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
