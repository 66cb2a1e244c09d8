"""What a library says of a connection that failed, in words: who does not answer, and why.

The libraries (urllib3, the socket, OpenSSL) name objects; nothing is known here of who asked.
"""

import re

_PLACE = re.compile(r"HTTPS?Connection(?:Pool)?\(host='([^']+)', port=(\d+)\)")
_NAMELESS = re.compile(r"resol|getaddrinfo|Name or service|nodename|Errno -[2-5]\b")
_ERRNO = re.compile(r"\[Errno -?\d+\] ([A-Za-z][^'\"()\]]*)")
_PAIR = re.compile(r"Error\(\d+, '([A-Za-z][^']*)'\)")
_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED\W+(?:[^:]*verify failed: )?([^(')]+)")
_SIGNS = ("HTTPConnection", "HTTPSConnection", "Connection aborted", "[Errno", "[SSL")


def in_words(told: str) -> str:
    """`connection refused (127.0.0.1:8080)`; what says no more than a sentence does already, stays
    as it is."""
    at = min((found for sign in _SIGNS if (found := told.find(sign)) >= 0), default=-1)
    if at < 0 or (why := _why(told[at:])) is None:
        return told
    place = _PLACE.search(told)
    where = "" if place is None else f" ({place[1]}{'' if place[2] == '443' else f':{place[2]}'})"
    said = told[:at].rstrip("(<' ")
    return f"{said} {why}{where}".strip()


def _why(told: str) -> str | None:
    """None where nothing that is known is found in it."""
    if certificate := _CERTIFICATE.search(told):
        return f"its certificate is not trusted ({certificate[1].strip()})"
    if "[SSL" in told:
        return "it does not speak TLS as it should"
    if _NAMELESS.search(told):
        return "its name is not known (DNS)"
    if "RemoteDisconnected" in told or "without response" in told:
        return "it closed the connection without an answer"
    if "timed out" in told:
        return "no answer in time"
    found = _ERRNO.search(told) or _PAIR.search(told)
    return found[1].strip().lower() if found else None
