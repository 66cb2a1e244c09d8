"""The answer of this program itself: not now, or not like this. Azure was not asked."""


class RunRefused(Exception):
    """A run or an edit that may not be now; the message says why, in a sentence."""
