"""Reviews and stories as data sets: generated with known evidence, or real.

dataset.py    an instance, a split, a batch
reviews.py    the built-in reviews, whose label follows by a stated rule and whose evidence is known
labelling.py  that rule, and lexicon.py its words
order.py      a text with its sentences or clauses in another order
corpora.py    the papers' data sets as far as they are at hand, and any file of one's own
vectors.py    word vectors from a file

What corpora.py is made of:

labelled_texts.py  files with a labelled text a line
babi.py            bAbI's files of stories and questions
words.py           how texts are cut into words
cuts.py            a part drawn at random, for what has no dev set
text_dataset.py    from texts to instances

Word vectors that are made here, of text without labels:

vector_settings.py  what they are made of, by which a grid asks for them
word2vec.py         how they are learnt
vector_store.py     made once, kept with a manifest
"""
