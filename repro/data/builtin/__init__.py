"""Generated text: English-like and German-like, each sentence with exactly one right translation.

A synchronous grammar: `grammar.py` draws derivation trees (`tree.py`) over the words of `lexicon.py`;
`english.py` and `german.py` read a tree out on either side, `reading.py` on both, with tags; `probes.py`
draws small ones of one phenomenon each, `symbol_probes.py` strings of words for heads and layers; `corpus.py`
makes splits of them.
"""

from repro.data.builtin.corpus import BuiltinSettings, GeneratedPart, builtin_corpus

__all__ = ["BuiltinSettings", "GeneratedPart", "builtin_corpus"]
