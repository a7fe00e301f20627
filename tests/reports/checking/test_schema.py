"""The schemas against every published file, against the readers of those files, and each field by itself."""

import copy
import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from reports.checking.schema import TYPES, VERSION, departures, schema_of
from reports.claims import questions
from reports.claims.claim import Published, Rule
from reports.claims.claim_file import CLAIM_KEYS, FILE_KEYS, PAPER_KEYS, PUBLISHED_KEYS, claim_files
from reports.claims.table_claims import KEYS as TABLE_KEYS
from repro.errors import BadInput
from repro.ledger.grids.paper_column import published_files
from repro.ledger.records.record import FORMAT, NEEDED, RIGHT_HARDWARE, RIGHT_METRIC, Record, Status, parsed_record
from tests.reports.checking.records import PUBLISHED, right_record

CLAIMS = {
    "paper": {"key": "someone2026", "title": "Some"},
    "source": "the abstract",
    "claims": [{"id": "a", "place": "Table 1", "section": "1", "says": "It is so.", "why_not": "it cannot be"}],
}
FIGURES = {"paper": "p", "place": "Table 1", "columns": {"bleu": {"unit": "BLEU"}}, "rows": {"base": {"bleu": 1.5}}}
ORIGIN = {"name": "A lab", "licence": "CC0", "url": "https://example.org"}
REPLACED = {"replaced": {"builtin": {"main": {"transformer": "2026-01-01T00:00:00+00:00"}}}}
RIGHT = {"record": right_record(), "claims": CLAIMS, "figures": FIGURES, "origin": ORIGIN, "replaced": REPLACED}


def one_of_each() -> list[Path]:
    """A published record of each grid and scale."""
    found: dict[tuple[str, ...], Path] = {}
    for path in sorted(PUBLISHED.rglob("record.json")):
        found.setdefault(path.relative_to(PUBLISHED).parts[:2], path)
    return list(found.values())


@pytest.mark.parametrize("kind", VERSION)
def test_a_schema_is_one_and_says_what_each_field_is(kind: Any) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:attention-repro:schema:{kind}:{VERSION[kind]}"
    for name, field in described(schema):
        assert field.get("title"), name
        assert field.get("description", "").endswith("."), name


def described(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every property of a schema, in whatever part of it; references are described where they lead."""
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            if "$ref" not in field and not (len(field) == 1 and "type" in field):
                yield name, field
        for inner in schema.values():
            yield from described(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from described(inner)


def test_published_records_fit() -> None:
    paths = one_of_each()
    assert len(paths) > 20
    for path in paths:
        assert departures("record", json.loads(path.read_text()), str(path)) == []


@pytest.mark.slow
def test_every_published_record_fits() -> None:
    for path in PUBLISHED.rglob("record.json"):
        assert departures("record", json.loads(path.read_text()), str(path)) == []


def test_every_file_of_claims_and_every_published_table_fits() -> None:
    assert len(claim_files()) > 3
    for path in claim_files():
        assert departures("claims", yaml.safe_load(path.read_text()), str(path)) == []
    assert len(published_files()) > 5
    for path in published_files().values():
        assert departures("figures", yaml.safe_load(path.read_text()), str(path)) == []


@pytest.mark.parametrize("kind", RIGHT)
def test_a_file_without_any_of_its_required_keys_is_refused(kind: Any) -> None:
    schema = schema_of(kind)
    assert departures(kind, RIGHT[kind], "f") == []
    for key in schema["required"]:
        content = {name: value for name, value in RIGHT[kind].items() if name != key}
        assert [str(it) for it in departures(kind, content, "f")] == [f"f: {key} is missing"]


@pytest.mark.parametrize("kind", RIGHT)
def test_each_field_refuses_what_is_of_another_type(kind: Any) -> None:
    samples = {"string": "x", "number": 1.5, "boolean": True, "array": [], "object": {}}
    for key, field in schema_of(kind)["properties"].items():
        types = field.get("type", [])
        taken = {"number" if name == "integer" else name for name in ([types] if isinstance(types, str) else types)}
        for name, sample in samples.items():
            if name not in taken:
                found = departures(kind, {**RIGHT[kind], key: sample}, "f")
                assert [it.key for it in found] == [key], (key, name)


@pytest.mark.parametrize("key", ["value", "unit", "definition"])
def test_a_metric_needs_what_readers_need(key: str) -> None:
    content = copy.deepcopy(right_record())
    del content["metrics"]["dev.nll"][key]
    assert [str(it) for it in departures("record", content, "f")] == [f"f: metrics.dev.nll.{key} is missing"]
    assert key in NEEDED


def test_the_schema_of_records_has_the_fields_that_the_ledger_has() -> None:
    schema = schema_of("record")
    assert schema["properties"].keys() == {field.name for field in fields(Record)}
    assert schema["properties"]["status"]["enum"] == list(get_args(Status))
    assert schema["properties"]["format"]["const"] == VERSION["record"] == FORMAT
    assert schema["properties"]["hardware"]["properties"].keys() == RIGHT_HARDWARE.keys()
    assert schema["$defs"]["metric"]["properties"].keys() == RIGHT_METRIC.keys()


def test_what_the_ledger_refuses_the_schema_refuses() -> None:
    """Over each key and values of all kinds; the schema may refuse more, such as a commit of seven digits."""
    values = [None, True, -1, 0, 1, 1.5, 1e80, "", "x", [], ["x"], {}, {"x": 1}]
    refused = 0
    for key in schema_of("record")["properties"]:
        for value in values:
            content = {**right_record(), key: value}
            try:
                parsed_record(json.dumps(content).encode(), Path("record.json"))
            except BadInput:
                refused += 1
                assert departures("record", content, "f"), (key, value)
    assert refused > 100


def test_the_schema_of_claims_has_the_keys_that_are_read() -> None:
    schema = schema_of("claims")
    parts = schema["$defs"]
    assert schema["properties"].keys() == FILE_KEYS
    assert schema["properties"]["paper"]["properties"].keys() == PAPER_KEYS
    assert parts["claim"]["properties"].keys() == CLAIM_KEYS
    assert parts["table_claim"]["properties"].keys() == CLAIM_KEYS | TABLE_KEYS
    assert parts["published"]["properties"].keys() == PUBLISHED_KEYS
    assert {field.name for field in fields(Published)} == PUBLISHED_KEYS
    assert parts["test"]["properties"].keys() == questions.KEYS
    assert parts["test"]["properties"]["at"]["additionalProperties"]["properties"].keys() == questions.AT_KEYS
    assert parts["test"]["properties"]["rule"]["enum"] == list(get_args(Rule))


@pytest.mark.parametrize(
    ("kind", "change", "sentence"),
    [
        ("claims", {"sources": "x"}, "f: sources is unknown; did you mean source?"),
        ("claims", {"claims": []}, "f: claims is []; it must be a list of at least one entry"),
        (
            "claims",
            {"paper": {"key": "a b", "title": "T"}},
            "f: paper.key is 'a b'; it must be of letters, digits and _ . - only",
        ),
        (
            "claims",
            {"claims": [{"table": "t", "column": "c", "place": "p", "section": "1"}]},
            "f: claims[0].id is missing",
        ),
        (
            "claims",
            {"claims": [{**CLAIMS["claims"][0], "test": {"rule": "beter"}}]},  # type: ignore[dict-item]
            "f: claims[0].test.rule is 'beter'; it must be "
            "better, worse, higher, lower, same, value, limit, exact or order",
        ),
        ("figures", {"rows": {"base": {"bleu": "27.3"}}}, "f: rows.base.bleu is '27.3'; it must be a number or null"),
        ("figures", {"columns": {"bleu": {"better": "higher"}}}, "f: columns.bleu.unit is missing"),
        (
            "origin",
            {"url": "javascript:x"},
            "f: url is 'javascript:x'; it must be an address that begins with https://",
        ),
        ("origin", {"name": "x" * 121}, f"f: name is '{'x' * 78}…; it must be of at most 120 characters"),
        ("origin", {"name": "  "}, "f: name is '  '; it must be filled in"),
    ],
)
def test_a_departure_is_one_sentence(kind: Any, change: dict[str, Any], sentence: str) -> None:
    assert [str(it) for it in departures(kind, {**RIGHT[kind], **change}, "f")] == [sentence]


def test_an_origin_names_an_address_or_a_paper() -> None:
    found = departures("origin", {"name": "A lab", "licence": "CC0"}, "f")
    assert [str(it) for it in found] == ["f lacks url or paper; give one of them"]


def test_every_type_of_json_has_a_name() -> None:
    assert TYPES.keys() == {"string", "number", "integer", "boolean", "array", "object", "null"}
