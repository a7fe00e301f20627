"""How sentences of different lengths are laid out in tensors, and which queries meet which keys there.

The paper says nothing about this: every layout gives the same function. A CPU trains on packed tokens (`packed`) and
attends in padded rows (`head_rows`). A GPU trains in tensors of fixed sizes (`sentences`), by kernels that find each
sentence by its offsets (`kernel_pairing`, `short_attention`). `tokens` is what encoder and decoder see of any of them.
"""
