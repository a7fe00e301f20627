"""What the cells of these tests run."""

import contextlib
import gc
import json
import os
import signal
import time

from repro import files
from repro.errors import BadInput, Diverged, Interrupted
from repro.metric_declaration import MetricDeclaration
from repro.outcome import Outcome


def count(config, directory) -> Outcome:
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


def frozen(config, directory) -> Outcome:
    """How many objects the garbage collector leaves alone."""
    definition = "Objects that were there before the fork."
    return Outcome({"frozen": {"value": gc.get_freeze_count(), "unit": "objects", "definition": definition}})


def refuse(config, directory) -> Outcome:
    """Refuses its configuration before it writes anything."""
    raise BadInput("planted: no such corpus")


def says(config, directory) -> Outcome:
    """Ends with a text of the configuration, of one kind or another."""
    kinds = {"bad": BadInput, "error": ValueError, "exit": SystemExit, "diverged": Diverged}
    raise kinds[config["kind"]](config["text"])


def steps(config, directory) -> Outcome:
    """Works in steps, each saved before the next; takes up where an earlier call was cut short.

    Its result depends on every step, so that one done twice or left out would show.
    """
    state = directory / "state.json"
    done, total = json.loads(state.read_text()) if state.exists() else (0, config["seed"])
    if config.get("ends"):
        raise {"failed": ZeroDivisionError("planted"), "diverged": Diverged("planted")}[config["ends"]]
    if config.get("dies") and not (directory.parent / "died").exists():
        (directory.parent / "died").touch()
        print("the last words", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    for step in range(done, config["steps"]):
        time.sleep(config.get("seconds", 0.01))
        total = (total * 31 + step) % 1_000_003
        files.write_json(state, [step + 1, total])
    return Outcome({"total": {"value": total, "unit": "points", "definition": "A sum over all steps."}})


def fill(config, directory) -> Outcome:
    """Works, and then somebody else's file takes all that is left of the disk; a record of this has no room."""
    files.write_json(directory / "state.json", "worked")
    filler = directory.parents[1] / "filler"
    if not filler.exists():
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
    return Outcome({"calls": {"value": 1.0, "unit": "calls", "definition": "Calls."}}, details={"long": "x" * 20_000})


def quits(config, directory) -> Outcome:
    """Ends its process as a library in C does that gives up."""
    os._exit(config["status"])


def stubborn(config, directory) -> Outcome:
    """Does not listen to a polite request to stop."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def alone(config, directory) -> Outcome:
    """Notes which others run at the same time, and which GPUs it was given."""
    running = directory.parents[1] / "running"
    running.mkdir(exist_ok=True)
    mine = running / directory.parent.name
    mine.touch()
    most = 0
    for _ in range(20):
        time.sleep(0.01)
        most = max(most, len(list(running.iterdir())))
    mine.unlink()
    metric = {"value": most - 1, "unit": "cells", "definition": "Most others at once."}
    return Outcome({"others": metric}, details={"gpus": os.environ.get("CUDA_VISIBLE_DEVICES")})


def check_steps(config):
    """What is looked at before anything is started."""
    if config["steps"] < 0:
        raise BadInput(f"steps is {config['steps']}; it must be at least 0")


def exact_lines(config, directory) -> Outcome:
    """Stands for what declares its metrics."""
    raise BadInput("planted: nothing to run")


def metrics_exact_lines(config):
    """Lines of which some are within a range, and some beyond it."""
    yield MetricDeclaration(r"lines\.(within|beyond)", "higher", quality=True, low=0, high=100)


def quality(config, directory) -> Outcome:
    """A loss on dev and a score on test, which the settings alone decide: the rate 0.5 and no dropout are best."""
    loss = abs(config["rate"] - 0.5) + config["dropout"] + config["handicap"]
    metrics = {"dev.nll": (loss, "nats"), "test.score": (100 - loss - config["seed"], "points")}
    return Outcome(
        {name: {"value": value, "unit": unit, "definition": "Planted."} for name, (value, unit) in metrics.items()}
    )


def gives(config, directory) -> Outcome:
    """Works, and gives something that can stand in no record."""
    right = {"value": 1.0, "unit": "calls", "definition": "Calls."}
    wrong = {
        "a number as metric": Outcome({"m": 0.3}),
        "a list of metrics": Outcome([right]),
        "details of no JSON": Outcome({"m": right}, details={"x": object()}),
        "data of no number": Outcome({"m": right}, {"x": float("nan")}),
        "keys of no text": Outcome({"m": right}, details={("a", "b"): 1}),
    }
    return wrong[config["kind"]]
