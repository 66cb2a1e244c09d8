"""Connection errors of libraries (urllib3, socket, OpenSSL): their reason, and what they prove."""

import re
import ssl
from collections.abc import Iterator

from azure.core.exceptions import AzureError, ServiceRequestError

from vmss_tui.text import clean, redact_start

_MAX_LENGTH = 500
_HOST_AND_PORT = re.compile(r"HTTPS?Connection(?:Pool)?\(host='([^']++)', port=(\d++)\)")
_DNS = re.compile(r"resol|getaddrinfo|Name or service|nodename|Errno -[2-5]\b")
_ERRNO = re.compile(r"\[Errno -?\d+\] ([A-Za-z][^'\"()\]]*)")
_ERROR_TUPLE = re.compile(r"Error\(\d+, '([A-Za-z][^']*)'\)")
_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED\W++(?:[^:]*verify failed: )?([^(')]++)")
_MARKERS = ("HTTPConnection", "HTTPSConnection", "Connection aborted", "[Errno", "[SSL")


def connection_error_text(error: Exception) -> str:
    """The reason of a failed request on one line, redacted and cleaned."""
    message = simplify_connection_error(" ".join(str(error).split()))
    return clean(redact_start(message, _MAX_LENGTH))[:_MAX_LENGTH]


def simplify_connection_error(message: str) -> str:
    """Such as `connection refused (127.0.0.1:8080)`; unchanged where no known error is in it."""
    start = min((index for marker in _MARKERS if (index := message.find(marker)) >= 0), default=-1)
    if start < 0 or (reason := _reason(message[start:])) is None:
        return message
    host = _HOST_AND_PORT.search(message)
    address = "" if host is None else f" ({host[1]}{'' if host[2] == '443' else f':{host[2]}'})"
    prefix = message[:start].rstrip("(<' ")
    return f"{prefix} {reason}{address}".strip()


def _reason(message: str) -> str | None:
    """The reason of a known error; None for any other."""
    if certificate := _CERTIFICATE.search(message):
        return f"its certificate is not trusted ({certificate[1].strip()})"
    if "[SSL" in message:
        return "TLS handshake failed"
    if _DNS.search(message):
        return "its name cannot be resolved (DNS)"
    if "RemoteDisconnected" in message or "without response" in message:
        return "it closed the connection without a response"
    if "timed out" in message:
        return "no response in time"
    error = _ERRNO.search(message) or _ERROR_TUPLE.search(message)
    return error[1].strip().lower() if error else None


def was_never_sent(error: AzureError) -> bool:
    """Whether no connection was made. A TLS error may also occur after the request was sent."""
    return isinstance(error, ServiceRequestError) and not any(
        isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLCertVerificationError)
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, contexts, and exceptions in its arguments."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        cause = pending.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            pending += [cause.__cause__, cause.__context__]
            pending += [getattr(cause, name, None) for name in ("reason", "inner_exception")]
            pending += cause.args
