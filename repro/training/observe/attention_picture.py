"""A picture of the decoder's attention over the source: one panel per head of the last layer."""

from pathlib import Path
from typing import Any

import torch

from repro import files
from repro.data.vocabulary import BOS, EOS, Vocabulary
from repro.models.attention import recorded_attention


def draw_cross_attention(
    network: Any, vocabulary: Vocabulary, source: str, target: str, path: Path, device: torch.device
) -> bool:
    """Draw the last decoder layer's weights for a pair of sentences to a PNG file.

    Returns:
        Whether there was anything to draw: a model without multi-head attention has none.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    src_ids, tgt_ids = vocabulary.encode([source, target])
    src = torch.tensor([[*src_ids, EOS]], device=device)
    tgt = torch.tensor([[BOS, *tgt_ids]], device=device)
    network.eval()
    with torch.inference_mode(), recorded_attention(network) as records:
        network.states(src, tgt)
    cross = [name for name in records if name.endswith("cross_attention")]
    if not cross:
        return False
    weights = records[cross[-1]][0].weights[0].float().cpu()  # (h, m, n)
    h = weights.shape[0]
    columns = min(h, 4)
    rows = -(-h // columns)
    figure = Figure(figsize=(3.2 * columns, 3.2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    read = [vocabulary.pieces[i].replace("▁", "·") for i in src[0].tolist()]
    written = [vocabulary.pieces[i].replace("▁", "·") for i in [*tgt_ids, EOS]]
    for head, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        if head >= h:
            axes.axis("off")
            continue
        axes.imshow(weights[head], vmin=0, vmax=1, cmap="Blues", aspect="auto")
        axes.set_title(f"head {head + 1}", fontsize=8)
        axes.set_xticks(range(len(read)), read, rotation=90, fontsize=6, parse_math=False)
        axes.set_yticks(range(len(written)), written, fontsize=6, parse_math=False)
    figure.suptitle(f"Attention over the source, {cross[-1]}: rows write, columns are read", fontsize=9)
    with files.written_atomically(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
    return True
