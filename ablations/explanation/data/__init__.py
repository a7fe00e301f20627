"""Reviews and stories as data sets: generated with known evidence, or real.

dataset.py    an instance, a split, a batch
reviews.py    the built-in reviews, whose label follows by a stated rule and whose evidence is known
corpora.py    the papers' data sets as far as they are at hand, and any file of one's own
vectors.py    word vectors from a file
"""
