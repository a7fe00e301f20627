"""Reviews and stories as data sets: generated with known evidence, or real.

dataset.py    an instance, a split, a batch
reviews.py    the built-in reviews, whose label follows by a stated rule and whose evidence is known
labelling.py  that rule, and lexicon.py its words
order.py      a text with its sentences or clauses in another order
corpora.py    the papers' data sets as far as they are at hand, and any file of one's own; of their parts:
              labelled_texts.py and babi.py read files, cuts.py cuts what has no dev set, words.py cuts texts into words,
              text_dataset.py makes instances of texts
vectors.py    word vectors from a file

Word vectors that are made here, of text without labels:

vector_settings.py  what they are made of, by which a grid asks for them
word2vec.py         how they are learnt
vector_store.py     made once, kept with a manifest
"""
