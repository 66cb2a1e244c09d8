"""From a call to its answer: who asks, which route, within which quota, with which headers.

Runs under the world's lock; sockets, faults on the wire and compression are the server's.
"""

from urllib.parse import unquote

from vmss_tui.simulator.errors import ArmError, subscription_not_found, unauthenticated
from vmss_tui.simulator.exchange import Request, Response, error_response
from vmss_tui.simulator.rest import routes
from vmss_tui.simulator.rest.api_versions import downgrade_response
from vmss_tui.simulator.world.simulated_time import http_date
from vmss_tui.simulator.world.throttle import TokenDraw
from vmss_tui.simulator.world.world import World

CONTROL = "/_simulator/"
_BY_CHARGE = frozenset(
    {
        "VMScaleSetVMViewsSubscriptionMaximum",
        "VMScaleSetBatchedVMRequestsSubscriptionMaximum",
    }
)


def answer(world: World, request: Request) -> Response:
    """The answer to a call. Control paths need neither a token nor an api-version."""
    try:
        if request.path.lower().startswith(CONTROL):
            response = _control(world, request)
        else:
            response = _arm(world, request)
    except ArmError as error:
        response = error_response(error)
    except RecursionError:
        message = "The request content was invalid: it is nested too deeply."
        response = error_response(ArmError(400, "InvalidRequestContent", message))
    response.headers.setdefault("Date", http_date(world.now))
    if not request.path.lower().startswith(CONTROL):
        number = world.next_number("request")
        response.headers.setdefault("Cache-Control", "no-cache")
        request_id = world.random.guid("request", number)
        response.headers.setdefault("x-ms-request-id", request_id)
        response.headers.setdefault("x-ms-correlation-request-id", request_id)
    return response


def _control(world: World, request: Request) -> Response:
    found = routes.find(request.method, _segments(request.path))
    if isinstance(found, set):
        raise _unroutable(request, found)
    route, parameters = found
    return route.handler(world, request, parameters)


def _arm(world: World, request: Request) -> Response:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    signed = scheme.lower() == "bearer" and token.strip()
    if not signed and request.path.lower() != routes.OPEN:
        raise unauthenticated()
    segments = _segments(request.path)
    if len(segments) > 1 and segments[0].lower() == "subscriptions":
        known = (each.lower() for each in world.subscriptions)
        if segments[1].lower() not in known:
            raise subscription_not_found(segments[1])
    method = "GET" if request.method == "HEAD" else request.method
    found = routes.find(method, segments)
    if isinstance(found, set):
        raise _unroutable(request, found)
    if "api-version" not in request.query:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise ArmError(400, "MissingApiVersionParameter", message)
    route, parameters = found
    return _within_quota(world, request, route, parameters)


def _within_quota(
    world: World, request: Request, route: routes.Route, parameters: dict[str, str]
) -> Response:
    subscription = parameters.get("sub", "tenant")
    family = {"GET": "reads", "DELETE": "deletes"}.get(route.method, "writes")
    left = world.throttle.take_arm_token(family, subscription, world.now)
    if left < 0:
        message = (
            f"Number of requests for subscription '{subscription}' exceeded the limit. "
            "Please try again after '6' seconds."
        )
        headers = {"Retry-After": "6"}
        raise ArmError(429, "SubscriptionRequestsThrottled", message, headers=headers)
    draws = [TokenDraw(name, _owner(name, parameters, request.path)) for name in route.buckets]
    flat = [draw for draw in draws if draw.bucket not in _BY_CHARGE]
    refusal = world.throttle.take(flat, world.now, world.clock.speed)
    if refusal is not None:
        return refusal
    try:
        response = downgrade_response(request, route.handler(world, request, parameters))
    except ArmError as error:
        response = error_response(error)
    charge = float(response.headers.get("x-ms-request-charge", 0))
    for draw in draws:
        if draw.bucket in _BY_CHARGE and charge:
            world.throttle.take_available(TokenDraw(draw.bucket, draw.owner, charge), world.now)
    if draws and "x-ms-failure-cause" not in response.headers:
        remaining = world.throttle.remaining_header(draws, world.now)
        if route.method != "GET":
            remaining += ",Microsoft.Compute/VmssQueuedVMOperations;0"
        response.headers.setdefault("x-ms-ratelimit-remaining-resource", remaining)
    name = "global-reads" if family == "reads" else family
    response.headers.setdefault(f"x-ms-ratelimit-remaining-subscription-{name}", str(left))
    return response


def _owner(bucket: str, parameters: dict[str, str], path: str) -> str:
    """Whose bucket it is: the subscription's, a set's, an instance's, an operation's."""
    if "Resource" not in bucket or bucket.startswith("List"):
        return parameters.get("sub", "tenant")
    named = ("sub", "rg", "set", "id") if "VMScaleSetVM" in bucket else ("sub", "rg", "set")
    if "VMScaleSet" not in bucket:
        named = ("sub", "rg", "vm", "operation")
    return "/".join(parameters.get(each, "") for each in named) or path


def _segments(path: str) -> list[str]:
    return [unquote(part) for part in path.split("/") if part]


def _unroutable(request: Request, served: set[str]) -> ArmError:
    if served:
        message = f"The requested resource does not support http method '{request.method}'."
        return ArmError(405, "UnsupportedHttpMethod", message)
    segments = _segments(request.path)
    lowered = [each.lower() for each in segments]
    if "providers" in lowered[:-2]:
        at = lowered.index("providers")
        namespace, kind = segments[at + 1], "/".join(segments[at + 2 :: 2])
        message = (
            f"The resource type '{kind}' could not be found in the namespace '{namespace}' "
            f"for api version '{request.api_version}'."
        )
        return ArmError(404, "InvalidResourceType", message)
    message = f"No HTTP resource was found that matches the request URI '{request.path}'."
    return ArmError(404, "ResourceNotFound", message)
