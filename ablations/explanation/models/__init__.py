"""Models whose attention is examined as an explanation. All of them implement `protocol.Explained`.

protocol.py      the interface of a model for the experiments
attention.py     the papers' two attentions; uniform weights; weights that are given
encoders.py      from embedded tokens to hidden states
classifier.py    encoder, attention and one linear layer, as in both papers
transformer.py   this project's Transformer encoder, its attention read in three ways
"""
