"""What the cells of these tests run."""

from repro.errors import BadInput, Diverged, Interrupted
from repro.outcome import Outcome


def count(config, directory):
    """Writes down each call; ends as the configuration says for that attempt, or is done."""
    log = directory / "log"
    log.write_text(log.read_text() + "x" if log.exists() else "x")
    end = (config.get("ends") or {}).get(f"{directory.name}.{len(log.read_text())}")
    if end is not None:
        raise {
            "bad": BadInput("planted"),
            "stop": Interrupted("planted"),
            "diverged": Diverged("planted"),
            "failed": ZeroDivisionError("planted"),
            "full": OSError(28, "No space left on device", "/some/file"),
            "missing": OSError(2, "No such file or directory", "/some/file"),
        }[end]
    metric = {"value": 1.0, "unit": "calls", "definition": "Calls."}
    return Outcome({"calls": metric}, {"corpus": "none"}, {"more": [1]}, lambda: (directory / "after").touch())


def refuse(config, directory):
    """Refuses its configuration before it writes anything."""
    raise BadInput("planted: no such corpus")
