"""Claims and verdicts for Python programs, as tables whose rows are the entries of `claims.json`."""

from pathlib import Path

from reports.build import claim_entry, judged_entry, rounded
from reports.claims.claim_file import shipped_claims
from reports.verdicts.report import make_report
from repro.errors import BadInput
from repro.paths import expanded
from repro.tidy_table import Table

PUBLISHED = Path(__file__).parent / "published"
"""The records that come with a checkout; an installed package has none."""


def read_claims() -> Table:
    """Every claim of the papers: its id, place, sentence, what was printed, and how it is tested."""
    return Table(rounded(claim_entry(claim)) for claim in shipped_claims())


def read_verdicts(*runs: str | Path) -> Table:
    """Every claim with what the records of these folders say of it: the keys of `claims.json`.

    Args:
        runs: folders of runs, or of published records.

    Raises:
        BadInput: no folder, one that is not there, or a record that cannot be used.
    """
    if not runs:
        raise BadInput("no folder of runs was given; name at least one, such as reports.PUBLISHED")
    report = make_report([expanded(str(folder)) for folder in runs])
    return Table(rounded(judged_entry(judged, report.stands[judged.claim.id])) for judged in report.judged)
