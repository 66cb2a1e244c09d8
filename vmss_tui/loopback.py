"""This machine by its addresses: the one place where plain http is allowed. Pure."""

from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


def is_loopback(endpoint: str) -> bool:
    """Is this plain http on this machine, and nothing else?"""
    try:
        parts = urlsplit(endpoint)
        port = parts.port != 0
    except ValueError:
        return False
    return (
        parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS and not parts.username and port
    )
