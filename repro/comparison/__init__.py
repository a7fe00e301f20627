"""Two or more runs side by side: their configurations, metrics, learning curves and translations.

recorded_run.py    the runs that a command line names
configurations.py  what they differ in
measurements.py    their metrics, with differences where they may be taken
translations.py    a paired test over the sentences that all have translated
curves.py          their learning curves as a picture
overview.py        all of it, as tables and sentences
page.py            the same as a page that opens from disk
"""
