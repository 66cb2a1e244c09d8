"""From a call to its answer: who asks, which route, within which quota, with which headers.

Runs under the world's lock; sockets, faults on the wire and compression are the server's.
"""

from urllib.parse import unquote

from vmss_tui.simulator.errors import ArmError, subscription_not_found, unauthenticated
from vmss_tui.simulator.exchange import Call, Reply, error_reply
from vmss_tui.simulator.rest import api_versions as eras
from vmss_tui.simulator.rest import routes
from vmss_tui.simulator.world.simulated_time import http_date
from vmss_tui.simulator.world.throttle import Draw
from vmss_tui.simulator.world.world import World

CONTROL = "/_simulator/"
_BY_CHARGE = frozenset(
    {
        "VMScaleSetVMViewsSubscriptionMaximum",
        "VMScaleSetBatchedVMRequestsSubscriptionMaximum",
    }
)


def answer(world: World, call: Call) -> Reply:
    """The answer to a call. Control paths need neither a token nor an api-version."""
    try:
        if call.path.lower().startswith(CONTROL):
            reply = _control(world, call)
        else:
            reply = _arm(world, call)
    except ArmError as error:
        reply = error_reply(error)
    except RecursionError:
        message = "The request content was invalid: it is nested too deeply."
        reply = error_reply(ArmError(400, "InvalidRequestContent", message))
    reply.headers.setdefault("Date", http_date(world.now))
    if not call.path.lower().startswith(CONTROL):
        number = world.count("request")
        reply.headers.setdefault("Cache-Control", "no-cache")
        request_id = world.dice.guid("request", number)
        reply.headers.setdefault("x-ms-request-id", request_id)
        reply.headers.setdefault("x-ms-correlation-request-id", request_id)
    return reply


def _control(world: World, call: Call) -> Reply:
    found = routes.find(call.method, _segments(call.path))
    if isinstance(found, set):
        raise _unroutable(call, found)
    route, params = found
    return route.handler(world, call, params)


def _arm(world: World, call: Call) -> Reply:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    signed = scheme.lower() == "bearer" and token.strip()
    if not signed and call.path.lower() != routes.OPEN:
        raise unauthenticated()
    segments = _segments(call.path)
    if len(segments) > 1 and segments[0].lower() == "subscriptions":
        known = (each.lower() for each in world.subscriptions)
        if segments[1].lower() not in known:
            raise subscription_not_found(segments[1])
    method = "GET" if call.method == "HEAD" else call.method
    found = routes.find(method, segments)
    if isinstance(found, set):
        raise _unroutable(call, found)
    if "api-version" not in call.query:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise ArmError(400, "MissingApiVersionParameter", message)
    route, params = found
    return _within_quota(world, call, route, params)


def _within_quota(world: World, call: Call, route: routes.Route, params: dict[str, str]) -> Reply:
    subscription = params.get("sub", "tenant")
    family = {"GET": "reads", "DELETE": "deletes"}.get(route.method, "writes")
    left = world.throttle.arm(family, subscription, world.now)
    if left < 0:
        message = (
            f"Number of requests for subscription '{subscription}' exceeded the limit. "
            "Please try again after '6' seconds."
        )
        headers = {"Retry-After": "6"}
        raise ArmError(429, "SubscriptionRequestsThrottled", message, headers=headers)
    draws = [Draw(name, _owner(name, params, call.path)) for name in route.buckets]
    flat = [draw for draw in draws if draw.bucket not in _BY_CHARGE]
    refusal = world.throttle.take(flat, world.now, world.clock.speed)
    if refusal is not None:
        return refusal
    try:
        reply = eras.told(call, route.handler(world, call, params))
    except ArmError as error:
        reply = error_reply(error)
    charge = float(reply.headers.get("x-ms-request-charge", 0))
    for draw in draws:
        if draw.bucket in _BY_CHARGE and charge:
            world.throttle.spend(Draw(draw.bucket, draw.owner, charge), world.now)
    if draws and "x-ms-failure-cause" not in reply.headers:
        remaining = world.throttle.remaining(draws, world.now)
        if route.method != "GET":
            remaining += ",Microsoft.Compute/VmssQueuedVMOperations;0"
        reply.headers.setdefault("x-ms-ratelimit-remaining-resource", remaining)
    name = "global-reads" if family == "reads" else family
    reply.headers.setdefault(f"x-ms-ratelimit-remaining-subscription-{name}", str(left))
    return reply


def _owner(bucket: str, params: dict[str, str], path: str) -> str:
    """Whose bucket it is: the subscription's, a set's, an instance's, an operation's."""
    if "Resource" not in bucket or bucket.startswith("List"):
        return params.get("sub", "tenant")
    named = ("sub", "rg", "set", "id") if "VMScaleSetVM" in bucket else ("sub", "rg", "set")
    if "VMScaleSet" not in bucket:
        named = ("sub", "rg", "vm", "operation")
    return "/".join(params.get(each, "") for each in named) or path


def _segments(path: str) -> list[str]:
    return [unquote(part) for part in path.split("/") if part]


def _unroutable(call: Call, served: set[str]) -> ArmError:
    if served:
        message = f"The requested resource does not support http method '{call.method}'."
        return ArmError(405, "UnsupportedHttpMethod", message)
    segments = _segments(call.path)
    lowered = [each.lower() for each in segments]
    if "providers" in lowered[:-2]:
        at = lowered.index("providers")
        namespace, kind = segments[at + 1], "/".join(segments[at + 2 :: 2])
        message = (
            f"The resource type '{kind}' could not be found in the namespace '{namespace}' "
            f"for api version '{call.api_version}'."
        )
        return ArmError(404, "InvalidResourceType", message)
    message = f"No HTTP resource was found that matches the request URI '{call.path}'."
    return ArmError(404, "ResourceNotFound", message)
