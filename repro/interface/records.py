"""The record and the learning curve of a run."""

import csv
from pathlib import Path

from repro import regular_file
from repro.cell_directory import CURVE, attempt_name, attempts
from repro.errors import BadInput
from repro.ledger.records.attempts import record_that_counts
from repro.ledger.records.record import Record
from repro.ledger.records.record import read_record as record_in
from repro.paths import expanded
from repro.tidy_table import Table


def read_record(run: str | Path) -> Record:
    """The measurements of a run: the record of its attempt that counts.

    Args:
        run: its folder, or that of one attempt or of a published record.

    Raises:
        BadInput: there is no record, or it is damaged.
    """
    folder = expanded(str(run))
    record = record_that_counts(folder) if attempts(folder) else record_in(folder)
    if record is None:
        raise BadInput(f"{folder} holds no record; the run has not ended")
    return record


def read_curve(run: str | Path) -> Table:
    """The learning curve of a run, one row a logged event; a number that an event does not have is None.

    Args:
        run: as `read_record`.

    Raises:
        BadInput: as `read_record`; or there is no curve.
    """
    folder = expanded(str(run))
    if attempts(folder):
        folder = folder / attempt_name(read_record(folder).attempt)
    path = folder / CURVE
    try:
        text = regular_file.read_bytes(path).decode()
        return Table(
            {name: value if name == "split" else float(value) if value else None for name, value in row.items()}
            for row in csv.DictReader(text.splitlines())
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadInput(f"{path} does not exist; training runs have it from their first logged update on") from error
    except (OSError, regular_file.NotRegular) as error:
        raise BadInput(f"{path} cannot be read ({error}); check the file") from error
    except (ValueError, TypeError, csv.Error) as error:
        raise BadInput(f"{path} is damaged ({error}); the record next to it is still valid") from error
