"""Requests to a simulator on this machine, which never go through a proxy of the environment."""

import json
import urllib.request
from collections.abc import Mapping


def request_json(url: str, body: Mapping[str, object] | None = None, *, timeout: float) -> object:
    """The decoded reply to a GET, or to a POST where a body is given. `timeout` is in seconds.

    Raises OSError where nothing answers or the answer is an error, ValueError for another format.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with opener.open(request, timeout=timeout) as response:
        return json.load(response)
