"""Reviews and stories as data sets: generated with known evidence, or real.

dataset.py    an instance, a split, a batch
reviews.py    the built-in reviews, whose label follows by a stated rule and whose evidence is known
labelling.py  that rule, and lexicon.py its words
order.py      a text with its sentences or clauses in another order
corpora.py    the papers' data sets as far as they are available, and the user's own files
vectors.py    word vectors from a file

The parts of corpora.py:

labelled_texts.py  files with a labelled text a line
babi.py            bAbI's files of stories and questions
words.py           how texts are cut into words
cuts.py            random splits, for data without a dev set
text_dataset.py    from texts to instances

Word vectors learnt from unlabelled text:

vector_settings.py  their settings, as a grid gives them
word2vec.py         learns them
vector_store.py     keeps them with a manifest
"""
