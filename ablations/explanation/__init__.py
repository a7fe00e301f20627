"""Whether attention explains: the experiments of both papers on the same trained models.

Jain & Wallace 2019, "Attention is not Explanation"; Wiegreffe & Pinter 2019, "Attention is not not Explanation".

    data/       reviews with planted evidence, the papers' corpora, a file of one's own
    models/     BiLSTM, average, convolution, token-wise MLP, and this project's Transformer encoder
    training.py one seeded training, selected on dev
    checking.py what can be wrong with a cell's configuration
"""
