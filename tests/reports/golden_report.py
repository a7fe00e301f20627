"""The golden report, of fixed claims and records. `python -m tests.reports.golden_report` writes its files anew."""

from pathlib import Path

from reports.build import WRITERS
from reports.claims.claim_file import read_claims
from reports.page import report_page
from reports.verdicts.records import Damaged
from reports.verdicts.report import Report
from reports.verdicts.verdict import judge_claims
from repro.ledger.records.record import Record
from tests.reports.records import metric, planted, records_of

FOLDER = Path(__file__).with_name("golden")


def golden_records() -> list[Record]:
    """Numbers made up, a run that diverged and one that failed among them."""
    records = []
    for seed in range(1, 6):
        wobble = ((seed * 7) % 5 - 2) / 10
        rows = {
            "base": (98.0 + wobble, 95.0 - wobble, 1.09 + wobble / 100),
            "no-positions": (25.0 - 3 * wobble, 6.0, 1.49 + wobble / 50),
            "no-mask": (0.2, 0.0, 1.08 + wobble / 70),
        }
        for row, (all_, far, perplexity) in rows.items():
            metrics = {
                "test.exact_match": all_,
                "test.exact_match.far": metric(far, definition="Percentage of the far ones."),
                "dev.perplexity": metric(perplexity, "per target token", "Exponential of the loss."),
            }
            records.append(planted("essentials", row, seed, metrics))
        status = "diverged" if seed == 2 else "failed" if seed == 5 else "done"
        far = {"test.exact_match.far": metric(1.0 + wobble, definition="Percentage of the far ones.")}
        error = None if status == "done" else "Traceback\nloss | is <nan>"
        records.append(
            planted("essentials", "no-attention", seed, far if status == "done" else {}, status=status, error=error)
        )
    exponent = {"operations.n": metric(1.5, "exponent of n", "slope", interval=[1.45, 1.55])}
    return [*records, planted("complexity", "operations-self-attention", 1, exponent)]


def golden_files() -> dict[str, str]:
    """Name -> text, in English and Korean; of the page what is in `main`."""
    records = records_of(golden_records())
    damaged = (Damaged("builtin/essentials/x/attempt-1/record.json", "is not a record (Expecting value)"),)
    records = type(records)(records.counted, (), damaged, "digest", index=records.index)
    report = Report(tuple(judge_claims(read_claims([FOLDER / "claims.yaml"]), records)), records, "digest")
    made = {name: write(report, "en") for name, write in WRITERS.items() if name in ("claims.json", "report.md")}
    # Without figures, whose drawings differ between versions of matplotlib, and without styles and scripts.
    page = report_page(report, "en", sections=())
    return {
        **made,
        "report.ko.md": WRITERS["report.md"](report, "ko"),
        "main.html": page[page.index("<main>") : page.index("</main>")],
    }


if __name__ == "__main__":
    for file, content in golden_files().items():
        (FOLDER / file).write_text(content, encoding="utf-8")
