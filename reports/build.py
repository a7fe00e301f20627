"""`report build`: every file of the report, each a function of the same `Report` and the language.

A further file is one more entry of WRITERS. Nothing is written before all of them are made, so a
report that cannot be made whole leaves the former one as it was.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from reports.claims.claim import Claim
from reports.claims.own_claims import OwnFiles
from reports.figures.kept_drawings import keeping
from reports.garbage_collection import paused_collection
from reports.markdown import report_markdown
from reports.page import report_page
from reports.page.links import check_links
from reports.verdicts import attachments
from reports.verdicts.report import Report, make_report
from reports.verdicts.standing import Stand
from reports.verdicts.verdict import Judged, Verdict
from repro import files, regular_file
from repro.errors import BadInput

CLAIMS = "claims.json"
INPUTS = "inputs.json"
NONE = OwnFiles()
"""Nothing of one's own beside what is installed."""
Writer = Callable[[Report, str], str]


def claims_json(report: Report, language: str) -> str:
    """The claims with their verdicts: the interface for scripts. The same in every language."""
    return _json([judged_entry(judged, report.stands[judged.claim.id]) for judged in report.judged])


def inputs_json(report: Report, language: str) -> str:
    """From what the report was made, by which `report status` sees whether it is out of date."""
    records = report.records
    counts = {
        "records": len(records.counted),
        "damaged": len(records.damaged),
        "of_another_grid": len(records.foreign),
    }
    digests = {
        "records_sha256": records.digest,
        "claims_sha256": report.claims_digest,
        "beside_sha256": attachments.digest(records),
    }
    if report.others:
        digests["others_sha256"] = hashlib.sha256("".join(it.digest for it in report.others).encode()).hexdigest()
    return _json({**digests, **counts})


INPUT_NAMES = {
    "records_sha256": "records",
    "claims_sha256": "claims",
    "beside_sha256": "files beside the records",
    "others_sha256": "others' records (--others)",
}
"""Key of a digest -> what it is of."""

PAGE = "index.html"
WRITERS: Mapping[str, Writer] = {
    PAGE: report_page,
    CLAIMS: claims_json,
    "report.md": report_markdown,
    INPUTS: inputs_json,  # last: a report without it was not written to the end
}


def build(directories: Sequence[Path], out: Path, language: str = "en", own: OwnFiles = NONE) -> Report:
    """Make the report of these directories of runs, and write its files into `out`.

    Args:
        directories: of runs.
        out: where the files go.
        language: of their texts.
        own: claims and grids beside the installed ones, and records of others.

    Raises:
        BadInput: a directory, claim or record that cannot be used; a link without a target; or `out` is a file.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; choose another --out")
    with paused_collection(), keeping(out):
        with own.known() as claims:
            arguments = (*map(str, directories), *own.arguments())
            report = replace(make_report(directories, claims, own.others), arguments=arguments)
            texts = {name: write(report, language) for name, write in WRITERS.items()}
        check_links(PAGE, texts[PAGE], texts)
        files.write_texts(out, texts)
    return report


def outdated_by(report: Report, out: Path) -> list[str] | None:
    """What `out` holds a report of other contents of: records, claims and so on; None if it holds no report."""
    try:
        made_from = regular_file.read_bytes(out / INPUTS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, regular_file.NotRegular):  # whatever lies there, it says nothing
        return ["what it was made from"]
    today = inputs_json(report, "en")
    if made_from == today.encode():
        return []
    try:
        before, after = json.loads(made_from), json.loads(today)
        return [name for key, name in INPUT_NAMES.items() if before.get(key) != after.get(key)] or ["its inputs"]
    except (ValueError, AttributeError):
        return ["what it was made from"]


def _json(value: Any) -> str:
    return json.dumps(rounded(value), indent=1, ensure_ascii=False, allow_nan=False, sort_keys=False) + "\n"


def rounded(value: Any) -> Any:
    """Plain data with numbers of ten digits: the last ones differ between processors and versions of SciPy."""
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value


def claim_entry(claim: Claim) -> dict[str, Any]:
    """What `claims.json` says of a claim, whatever was measured."""
    published = claim.published
    return {
        "id": claim.id,
        "paper": claim.paper.key,
        "shipped": claim.paper.shipped,
        "place": claim.place,
        "section": claim.section,
        "says": claim.says,
        "published": None
        if published is None
        else {
            "text": published.text,
            "value": published.value,
            "base": published.base,
            "difference": published.difference,
            "unit": published.unit,
            "definition": published.definition,
            "also": list(published.also),
            "checked": published.checked,
        },
        "rule": None if claim.test is None else claim.test.rule,
        "corpora": None if claim.test is None or claim.test.corpora is None else asdict(claim.test.corpora),
        "decides_at": list(claim.decides_at),
        "family": claim.family,
        "waits_for": claim.waits_for,
        "note": claim.note,
    }


def judged_entry(judged: Judged, stand: Stand) -> dict[str, Any]:
    """The claim's entry in `claims.json`.

    Args:
        judged: the claim with its verdicts.
        stand: where it stands.
    """
    return {
        **claim_entry(judged.claim),
        "standing": stand.standing,
        "decided_by": stand.way,
        "next_run": None if stand.next_run is None else asdict(stand.next_run),
        **_verdict(judged.verdict),
        "would_decide": judged.would_decide,
        "scales": [_verdict(verdict) for verdict in judged.scales],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    measured = verdict.measured
    return {
        "scale": verdict.scale,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "metric": verdict.metric,
        "measured": None if measured is None else measured.value,
        "measured_runs": None if measured is None or not measured.runs else list(measured.runs),
        "interval": None if measured is None or measured.low is None else [measured.low, measured.high],
        "kind": None if measured is None else measured.kind,
        "unit": None if measured is None else measured.unit,
        "definition": None if measured is None else measured.definition,
        "row": None if measured is None else measured.row,
        "base": None if measured is None else measured.base,
        "seeds": list(verdict.seeds),
        "seeds_added": list(verdict.added_seeds),
        "ground": verdict.ground,
        "p": verdict.p,
        "family_size": verdict.family,
        "smallest_effect": verdict.smallest_effect,
        "margin": verdict.margin,
        "not_done": dict(sorted(verdict.not_done.items())),
        "records": [dict(vars(source)) for source in verdict.records],
        "command": verdict.command,
        "question": None if verdict.question is None else asdict(verdict.question),
    }
