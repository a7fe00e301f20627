"""The words of the built-in reviews, by what they do to a verdict."""

POSITIVE = (
    *("brilliant", "charming", "clever", "delightful", "elegant", "excellent", "fresh", "funny", "gorgeous", "great"),
    *("gripping", "inspired", "lovely", "memorable", "moving", "superb", "touching", "witty", "wonderful", "vivid"),
)
NEGATIVE = (
    *("awful", "bland", "boring", "clumsy", "dismal", "dreadful", "dull", "flat", "hollow", "lazy"),
    *("muddled", "pointless", "poor", "shallow", "silly", "stale", "terrible", "tedious", "tired", "weak"),
)
POLARITY = dict.fromkeys(POSITIVE, 1) | dict.fromkeys(NEGATIVE, -1)

STRONG = ("very", "truly", "really", "utterly")
WEAK = ("slightly", "somewhat", "fairly")
DEGREE = dict.fromkeys(STRONG, 3) | dict.fromkeys(WEAK, 1)
PLAIN_DEGREE = 2

NEGATORS = ("not", "never", "hardly", "nobody")

FILM = (
    *("film", "movie", "plot", "acting", "script", "ending", "dialogue", "music", "cast", "photography"),
    *("hero", "villain", "pacing", "humour", "opening"),
)
"""The topics of a review."""

ELSEWHERE = (
    *("popcorn", "parking", "weather", "coffee", "hotel", "bus", "dinner", "seat", "novel", "trailer"),
    *("waiter", "queue", "museum", "city", "poster"),
)
"""Other topics: an opinion of these does not count."""

CONTRAST = "but"
CONCESSIONS = ("although", "though")
RECANTATION = ("then", "i", "changed", "my", "mind")

PLACES = ("town", "the city centre", "a small cinema", "the old theatre", "a crowded room", "the park")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PEOPLE = ("my sister", "my brother", "a friend", "two colleagues", "our neighbour", "the children")
