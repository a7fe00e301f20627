"""An inspection as plain data: `inspection.json`, rounded, with vectors cut to what a page can show.

    {"format": 1, "sentence", "translation", "model": {...}, "shown": {"d_model": 16, "d_k": 8, ...},
     "encoder": {"pieces", "embedding", "positions", "sum", "layers": [[sub-layer, ...], ...]},
     "decoder": {the same, "next": [[[piece, probability], ...], ...], "written": [...], "tokens": 12}}

Sub-layers and attention have the fields of `intermediates.py`. A mask is `null` where everything may be attended to,
or "causal". A scale is `null` for additive attention. Weights and probabilities have 4 decimals, all other numbers 4
significant digits.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from repro import files, json_file
from repro.errors import BadInput

if TYPE_CHECKING:
    from repro.inspection.intermediates import Array, Attention, Intermediates, Side, SubLayer

FORMAT = 1
FILE = "inspection.json"
MODEL_WIDTH, HEAD_WIDTH = 16, 8
"""So many numbers of each vector of d_model or d_ff, and of d_k or d_v, are kept."""
BEST = 8
"""So many of the most probable next tokens are kept."""

Content = dict[str, Any]


def content_of(
    intermediates: "Intermediates",
    *,
    sentence: str,
    translation: str,
    source: Sequence[str],
    target: Sequence[str],
    written: Sequence[int],
    tokens: int,
    pieces: Sequence[str],
    model: Mapping[str, Any],
) -> Content:
    """The plain data of one inspection.

    Args:
        intermediates: of `source` and `target`.
        sentence, translation: as text.
        source, target: pieces that encoder and decoder read.
        written: id of the token that follows each of `target`.
        tokens: of the whole translation; `target` may be its beginning only.
        pieces: of every id.
        model: its sizes and settings, see `MODEL`.
    """
    probabilities = _softmax(intermediates.logits)  # (m, V)
    best = np.argsort(-probabilities, axis=-1, kind="stable")[:, :BEST]
    next_tokens = [
        [[pieces[i], round(float(row[i]), 4)] for i in order] for row, order in zip(probabilities, best, strict=True)
    ]
    chosen = [[pieces[i], round(float(row[i]), 4)] for row, i in zip(probabilities, written, strict=True)]
    sizes = {"d_model": MODEL_WIDTH, "d_ff": MODEL_WIDTH, "d_k": HEAD_WIDTH, "d_v": HEAD_WIDTH}
    return {
        "format": FORMAT,
        "sentence": sentence,
        "translation": translation,
        "model": dict(model),
        "shown": {name: min(size, model[name]) for name, size in sizes.items()},
        "encoder": _side(intermediates.encoder, source),
        "decoder": {**_side(intermediates.decoder, target), "next": next_tokens, "written": chosen, "tokens": tokens},
    }


def _softmax(logits: "Array") -> "Array":
    e = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    result: Array = e / e.sum(axis=-1, keepdims=True)
    return result


def _side(side: "Side", pieces: Sequence[str]) -> Content:
    return {
        "pieces": list(pieces),
        **{name: _vectors(getattr(side, name), MODEL_WIDTH) for name in ("embedding", "positions", "sum")},
        "layers": [[_sub_layer(sub_layer) for sub_layer in layer] for layer in side.layers],
    }


def _sub_layer(sub_layer: "SubLayer") -> Content:
    content: Content = {
        "kind": sub_layer.kind,
        **{name: _vectors(getattr(sub_layer, name), MODEL_WIDTH) for name in ("read", "output", "stream")},
    }
    if sub_layer.attention is not None:
        content["attention"] = _attention(sub_layer.attention)
    if sub_layer.hidden is not None:
        content["hidden"] = _vectors(sub_layer.hidden, MODEL_WIDTH)
        content["active"] = np.round((sub_layer.hidden > 0).mean(axis=-1), 4).tolist()
    return content


def _attention(attention: "Attention") -> Content:
    return {
        **{name: _vectors(getattr(attention, name), HEAD_WIDTH) for name in ("Q", "K", "V")},
        "scores": _vectors(attention.scores),
        "scale": attention.scale,
        "mask": None if attention.mask.all() else "causal",
        "weights": np.round(attention.weights.astype(np.float64), 4).tolist(),
        "heads": _vectors(attention.heads, HEAD_WIDTH),
    }


def _vectors(x: "Array", width: int | None = None) -> Any:
    """(..., d) cut to (..., width), each number to 4 significant digits."""
    x = x[..., :width].astype(np.float64)
    with np.errstate(divide="ignore"):
        size = np.where(x == 0, 0.0, np.floor(np.log10(np.abs(x))))
    power = 10.0 ** (3 - np.clip(size, -30, 30))
    return (np.round(x * power) / power + 0.0).tolist()  # + 0.0 makes -0.0 a zero


# ---- on disk


def as_json(content: Content) -> str:
    """One line of JSON; NaN and infinity are refused."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def write(content: Content, path: Path) -> None:
    """Write an inspection atomically."""
    files.write_text(path, as_json(content))


def read(path: Path) -> Content:
    """An inspection that `write` wrote.

    Raises:
        BadInput: missing, damaged, of another format.
    """
    try:
        content = json_file.read_json(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); inspect a sentence again") from error
    except ValueError as error:  # no file, no UTF-8, or no JSON
        raise BadInput(f"{path} is damaged; inspect a sentence again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BadInput(f"{path} is not an inspection of format {FORMAT}; inspect a sentence again")
    try:
        _check(content)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadInput(f"{path} is damaged; inspect a sentence again") from error
    return dict(content)


MODEL = {
    **dict.fromkeys(("N", "d_model", "d_ff", "h", "d_k", "d_v", "V", "parameters"), int),
    **dict.fromkeys(("norm", "positions", "checkpoint"), str),
    "causal": bool,
}
"""The facts about the model, with their types."""


def _check(content: Content) -> None:
    """That everything a page reads is there, of the right kind and shape.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, IndexError: it is not.
    """
    model, shown = content["model"], content["shown"]
    _need(all(type(model[name]) is kind for name, kind in MODEL.items()))
    _need(all(type(shown[name]) is int for name in ("d_model", "d_ff", "d_k", "d_v")))
    _need(isinstance(content["sentence"], str) and isinstance(content["translation"], str))
    n, m = len(content["encoder"]["pieces"]), len(content["decoder"]["pieces"])
    _need(min(n, m) > 0)
    for side, length in ((content["encoder"], n), (content["decoder"], m)):
        _need(all(isinstance(piece, str) for piece in side["pieces"]))
        for name in ("embedding", "positions", "sum"):
            _need_shape(side[name], (length, shown["d_model"]))
        _need(len(side["layers"]) == model["N"])
        for layer in side["layers"]:
            for sub_layer in layer:
                _check_sub_layer(
                    sub_layer, model["h"], length, n if sub_layer["kind"] == "cross-attention" else length, shown
                )
    decoder = content["decoder"]
    _need(type(decoder["tokens"]) is int and len(decoder["next"]) == len(decoder["written"]) == m)
    for piece, probability in [pair for row in [decoder["written"], *decoder["next"]] for pair in row]:
        _need(isinstance(piece, str) and isinstance(probability, int | float))


def _check_sub_layer(sub_layer: Content, h: int, m: int, n: int, shown: Mapping[str, int]) -> None:
    for name in ("read", "output", "stream"):
        _need_shape(sub_layer[name], (m, shown["d_model"]))
    if sub_layer["kind"] == "feed-forward":
        _need_shape(sub_layer["hidden"], (m, shown["d_ff"]))
        _need_shape(sub_layer["active"], (m,))
    if sub_layer["kind"] in ("self-attention", "cross-attention"):
        attention = sub_layer["attention"]
        _need(isinstance(attention["scale"], int | float | None) and attention["mask"] in (None, "causal"))
        shapes = {"Q": (m, shown["d_k"]), "K": (n, shown["d_k"]), "V": (n, shown["d_v"]), "heads": (m, shown["d_v"])}
        for name, shape in {**shapes, "scores": (m, n), "weights": (m, n)}.items():
            _need_shape(attention[name], (h, *shape))


def _need_shape(numbers: Any, shape: tuple[int, ...]) -> None:
    array = np.array(numbers)
    _need(array.shape == shape and array.dtype.kind in "if" and bool(np.isfinite(array).all()))


def _need(holds: bool) -> None:
    if not holds:
        raise ValueError("not a valid inspection")
