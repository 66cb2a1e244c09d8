"""The storage of boot diagnostics: reads of a serial log or a screenshot by a signed address.

Source: "Get Blob", "Specify the range header", and flow-bootdiag-vm-managed-blob-404 for a blob
that is not there yet. The signature is the only permission; a token beside it is refused.
"""

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from vmss_tui.simulator.exchange import Request, Response
from vmss_tui.simulator.guest.log_content import LogContent, WrittenContent
from vmss_tui.simulator.guest.serial_log import serial_log
from vmss_tui.simulator.guest.signed_addresses import is_expired, is_signed
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.simulated_time import http_date, timestamp
from vmss_tui.simulator.world.world import World

_PATH = re.compile(
    r"/(?:[0-9a-f-]{36}|bootdiagnostics-[a-z0-9]{1,9}-[0-9a-f-]{36})/"
    r"[^/]{1,80}\.([0-9a-f-]{36})\.(serialconsole\.log|screenshot\.bmp)"
)
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_BOM = b"\xef\xbb\xbf"
_MESSAGES = {
    "AuthenticationFailed": (
        "Server failed to authenticate the request. Make sure the value of Authorization header "
        "is formed correctly including the signature."
    ),
    "AuthorizationFailure": "This request is not authorized to perform this operation.",
    "BlobNotFound": "The specified blob does not exist.",
    "InvalidRange": "The range specified is invalid for the current size of the resource.",
    "UnsupportedHttpVerb": "The resource doesn't support specified Http Verb.",
}
_CHUNK_BYTES = 1 << 16
_PIXELS = (64, 48)
"""Width and height of the screenshot."""


def is_blob_path(path: str) -> bool:
    """Whether a path is that of a blob of boot diagnostics."""
    return _PATH.fullmatch(path) is not None


def read_blob(world: World, request: Request) -> Response:
    """The answer of the storage to a request for a blob."""
    match = _PATH.fullmatch(request.path)
    instance = _machine(world, match[1]) if match else None
    if request.method not in ("GET", "HEAD"):
        return _refusal(world, 405, "UnsupportedHttpVerb")
    if "authorization" in request.headers or not is_signed(world.random, request):
        return _refusal(world, 403, "AuthenticationFailed", "Signature did not match.")
    if is_expired(request, world.now):
        detail = (
            f"Signature not valid in the specified time frame: Expiry [{request.query['se']}] - "
            f"Current [{http_date(world.now)}]"
        )
        return _refusal(world, 403, "AuthenticationFailed", detail)
    if instance is not None and world.log_settings.of(instance.vm_id).state == "refused":
        return _refusal(world, 403, "AuthorizationFailure")
    content: LogContent | None = None
    if match and instance is not None:
        log = serial_log(world, instance)
        content = log if match[2].endswith(".log") or log is None else _screenshot()
    if content is None:
        return _refusal(world, 404, "BlobNotFound")
    return _part(world, request, content, match[2] if match else "")


def _part(world: World, request: Request, content: LogContent, kind: str) -> Response:
    """The whole blob, or the range of bytes that the request wants."""
    text = request.headers.get("x-ms-range") or request.headers.get("range", "")
    wanted = _RANGE.fullmatch(text)
    start, end = 0, content.size
    if wanted:
        start = int(wanted[1])
        end = min(end, int(wanted[2]) + 1) if wanted[2] else end
    if wanted and not start < end:
        refusal = _refusal(world, 416, "InvalidRange")
        refusal.headers["Content-Range"] = f"bytes */{content.size}"
        return refusal
    headers = {
        "Content-Length": str(end - start),
        "Accept-Ranges": "bytes",
        "ETag": f'"0x8D{content.size:012X}"',
        "Last-Modified": http_date(world.now),
        "x-ms-blob-type": "PageBlob",
        "x-ms-version": request.query.get("sv", ""),
    }
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    media_type = "image/bmp" if kind.endswith(".bmp") else "text/plain"
    response = Response(206 if wanted else 200, b"", headers, media_type)
    if request.method == "GET":
        response.chunks = _chunks(content, start, end)
    return response


def _chunks(content: LogContent, start: int, end: int) -> Iterator[bytes]:
    for position in range(start, end, _CHUNK_BYTES):
        yield content.read(position, min(end, position + _CHUNK_BYTES))


def _refusal(world: World, status: int, code: str, detail: str = "") -> Response:
    """An error of the storage: XML after a byte order mark (recorded)."""
    number = world.next_number("blob request")
    request_id = world.random.guid("blob request", number)
    message = f"{_MESSAGES[code]}\nRequestId:{request_id}\nTime:{timestamp(world.now)[:27]}Z"
    more = f"<AuthenticationErrorDetail>{escape(detail)}</AuthenticationErrorDetail>"
    body = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<Error><Code>{code}</Code>'
        f"<Message>{message}</Message>{more if detail else ''}</Error>"
    )
    headers = {"x-ms-error-code": code, "x-ms-version": "2018-03-28"}
    return Response(status, _BOM + body.encode(), headers, "application/xml")


def _machine(world: World, vm_id: str) -> Instance | None:
    return next(
        (
            instance
            for scale_set in world.scale_sets.values()
            for instance in scale_set.instances.values()
            if instance.vm_id == vm_id
        ),
        None,
    )


def _screenshot() -> LogContent:
    """A black screen as a bitmap of 24 bits."""
    width, height = _PIXELS
    pixels = bytes(width * height * 3)
    sizes = (54 + len(pixels), 0, 54, 40, width, height)
    head = b"BM" + b"".join(number.to_bytes(4, "little") for number in sizes)
    head += (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24)
    return WrittenContent(head + pixels)
