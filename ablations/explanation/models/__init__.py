"""Models whose attention is asked for an explanation. All of them are `protocol.Explained`.

protocol.py      what the experiments may ask of a model
attention.py     the papers' two attentions; uniform weights; weights that are given
encoders.py      what makes hidden states of embedded tokens
classifier.py    encoder, attention and one linear layer, as in both papers
transformer.py   this project's Transformer encoder, its attention read in three ways
"""
