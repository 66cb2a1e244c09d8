"""Dispatches a request to its handler: authentication, routing, quotas, common headers.

Runs under the world's lock. Sockets and compression are in `listener`, request faults in
`service`.
"""

from urllib.parse import unquote

from vmss_tui.simulator.activity.operation_names import operation_name, operation_scope
from vmss_tui.simulator.activity.request_records import record_request
from vmss_tui.simulator.errors import ArmError, subscription_not_found, unauthenticated
from vmss_tui.simulator.exchange import Request, Response, error_response
from vmss_tui.simulator.guest.boot_blobs import is_blob_path, read_blob
from vmss_tui.simulator.rest import routes
from vmss_tui.simulator.rest.access import check_subscription
from vmss_tui.simulator.rest.api_versions import (
    check_api_version,
    downgrade_response,
    unknown_type,
)
from vmss_tui.simulator.world.simulated_time import http_date
from vmss_tui.simulator.world.throttle import TokenDraw
from vmss_tui.simulator.world.world import World

CONTROL_PREFIX = "/_simulator/"
"""Paths of the simulator's own interface, which no faults and no quotas apply to."""

_CHARGED_AFTERWARDS = frozenset(
    {
        "VMScaleSetVMViewsSubscriptionMaximum",
        "VMScaleSetBatchedVMRequestsSubscriptionMaximum",
    }
)
"""Buckets that are charged with the response's `x-ms-request-charge`."""


def dispatch_request(world: World, request: Request) -> Response:
    """The response to a request. Control paths need neither a token nor an api-version."""
    try:
        if request.path.lower().startswith(CONTROL_PREFIX):
            response = _dispatch_control(world, request)
        elif is_blob_path(request.path):
            response = read_blob(world, request)
        else:
            response = _dispatch_arm(world, request)
    except ArmError as error:
        response = error_response(error)
    except RecursionError:
        message = "The request content was invalid: it is nested too deeply."
        response = error_response(ArmError(400, "InvalidRequestContent", message))
    response.headers.setdefault("Date", http_date(world.now))
    if not request.path.lower().startswith(CONTROL_PREFIX):
        number = world.next_number("request")
        response.headers.setdefault("Cache-Control", "no-cache")
        request_id = world.random.guid("request", number)
        response.headers.setdefault("x-ms-request-id", request_id)
        response.headers.setdefault("x-ms-correlation-request-id", request_id)
    return response


def _dispatch_control(world: World, request: Request) -> Response:
    match = routes.find_route(request.method, _segments(request.path))
    if isinstance(match, set):
        raise _routing_error(request, match)
    route, parameters = match
    return route.handler(world, request, parameters)


def _dispatch_arm(world: World, request: Request) -> Response:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    has_token = scheme.lower() == "bearer" and token.strip()
    if not has_token and request.path.lower() != routes.UNAUTHENTICATED_PATH:
        raise unauthenticated()
    segments = _segments(request.path)
    if len(segments) > 1 and segments[0].lower() == "subscriptions":
        subscription_ids = (subscription.lower() for subscription in world.subscriptions)
        if segments[1].lower() not in subscription_ids:
            raise subscription_not_found(segments[1])
        check_subscription(world, request, segments)
    if "api-version" in request.query:
        check_api_version(world, request, segments)
    method = "GET" if request.method == "HEAD" else request.method
    match = routes.find_route(method, segments)
    if isinstance(match, set):
        raise _routing_error(request, match)
    if "api-version" not in request.query:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise ArmError(400, "MissingApiVersionParameter", message)
    route, parameters = match
    return _handle_within_quota(world, request, route, parameters)


def _handle_within_quota(
    world: World, request: Request, route: routes.Route, parameters: dict[str, str]
) -> Response:
    operation = operation_name(route.method, route.segments)
    scope = operation_scope(route.method, route.segments, _segments(request.path))
    world.rights.check(operation, scope)
    subscription = parameters.get("sub", "tenant")
    family = {"GET": "reads", "DELETE": "deletes"}.get(route.method, "writes")
    remaining_requests = world.throttle.take_arm_token(family, subscription, world.now)
    if remaining_requests < 0:
        message = (
            f"Number of requests for subscription '{subscription}' exceeded the limit. "
            "Please try again after '6' seconds."
        )
        headers = {"Retry-After": "6"}
        raise ArmError(429, "SubscriptionRequestsThrottled", message, headers=headers)
    draws = [
        TokenDraw(name, _bucket_owner(name, parameters, request.path)) for name in route.buckets
    ]
    fixed_draws = [draw for draw in draws if draw.bucket not in _CHARGED_AFTERWARDS]
    throttled = world.throttle.take(fixed_draws, world.now, world.clock.speed)
    if throttled is not None:
        return throttled
    response = record_request(
        world,
        request,
        parameters,
        operation,
        scope,
        lambda: downgrade_response(request, route.handler(world, request, parameters)),
    )
    charge = float(response.headers.get("x-ms-request-charge", 0))
    for draw in draws:
        if draw.bucket in _CHARGED_AFTERWARDS and charge:
            world.throttle.take_available(TokenDraw(draw.bucket, draw.owner, charge), world.now)
    if draws and "x-ms-failure-cause" not in response.headers:
        remaining = world.throttle.remaining_header(draws, world.now)
        if route.method != "GET" and any("VMScaleSet" in draw.bucket for draw in draws):
            remaining += ",Microsoft.Compute/VmssQueuedVMOperations;0"
        response.headers.setdefault("x-ms-ratelimit-remaining-resource", remaining)
    names = ("global-reads",) if family == "reads" else (family, f"global-{family}")
    for name in names:
        response.headers.setdefault(
            f"x-ms-ratelimit-remaining-subscription-{name}", str(remaining_requests)
        )
    return response


def _bucket_owner(bucket: str, parameters: dict[str, str], path: str) -> str:
    """The key of a bucket's owner: a subscription, a set, an instance or an operation."""
    if "Resource" not in bucket or bucket.startswith("List"):
        return parameters.get("sub", "tenant")
    keys: tuple[str, ...] = (
        ("sub", "rg", "set", "id") if "VMScaleSetVM" in bucket else ("sub", "rg", "set")
    )
    if "VMScaleSet" not in bucket:
        keys = ("sub", "rg", "vm", "operation", "set", "id")
    return "/".join(parameters.get(key, "") for key in keys) or path


def _segments(path: str) -> list[str]:
    return [unquote(part) for part in path.split("/") if part]


def _routing_error(request: Request, methods: set[str]) -> ArmError:
    """The error for a request without a route; `methods` are those that its path supports."""
    if methods:
        message = f"The requested resource does not support http method '{request.method}'."
        return ArmError(405, "UnsupportedHttpMethod", message)
    segments = _segments(request.path)
    lower_segments = [segment.lower() for segment in segments]
    if "providers" in lower_segments[:-2]:
        index = lower_segments.index("providers")
        return unknown_type(request.api_version, segments[index + 1])
    message = f"No HTTP resource was found that matches the request URI '{request.path}'."
    return ArmError(404, "ResourceNotFound", message)
