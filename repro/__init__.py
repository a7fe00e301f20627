"""A reproduction harness for "Attention Is All You Need" (Vaswani et al. 2017).

The rooms, from the ground up; each imports only those before it:
`statistics` (no torch), `models` (tensors in, tensors out), `data`, `weights` (on disk),
`decoding`, `scoring`, `inspection` (of one sentence), `training`, `ledger`, and the command
line on top.
"""

__version__ = "0.2.0.dev0"
