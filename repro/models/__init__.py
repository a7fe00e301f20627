"""The models: tensors in, tensors out. They know no data set and no trainer.

Everything here follows two conventions: a mask is boolean with `True` = may attend,
and shapes are written with the paper's symbols: B sentences, n source positions,
m target positions, h heads, V types, K beams.
"""

from repro.models.recurrent import RecurrentSeq2Seq
from repro.models.seq2seq import DecoderState, PackedSeq2Seq, Seq2Seq
from repro.models.transformer import Transformer

__all__ = ["DecoderState", "PackedSeq2Seq", "RecurrentSeq2Seq", "Seq2Seq", "Transformer"]
