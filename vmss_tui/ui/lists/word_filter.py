"""The filter of a list whose rows have a few texts: words, of which each must match. Pure."""

from collections.abc import Iterable, Mapping


def matches_words(filter_text: str, texts: Iterable[str], keywords: Mapping[str, bool]) -> bool:
    """Whether a row matches every word of the filter.

    A word matches as one of `keywords`, by what it says of the row, else as a part of one of the
    row's texts, in upper or lower case; `!` before a word negates it.
    """
    joined = " ".join(texts).lower()
    for word in filter_text.lower().split():
        text = word.removeprefix("!")
        if keywords.get(text, text in joined) is word.startswith("!"):
            return False
    return True
