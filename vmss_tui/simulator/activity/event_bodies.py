"""Events of the Activity Log as JSON (recorded: flow-activitylog-delay-2023)."""

from http import HTTPStatus

from vmss_tui.simulator.activity.activity_log import Event
from vmss_tui.simulator.activity.operation_names import LABELS
from vmss_tui.simulator.activity.principals import Principal
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.seeded_random import SeededRandom
from vmss_tui.simulator.world.simulated_time import CALENDAR, timestamp

_TENANT = "00000000-0000-0000-0000-000000000000"
_SUBMITTED = 0.8
"""The share of an event's delay after which it was submitted (recorded: 187 of 232 seconds)."""
_SCHEMAS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_MICROSOFT = "http://schemas.microsoft.com"
_STAGES = {"BeginRequest": "Begin request", "EndRequest": "End request"}
_TICKS_AT_EPOCH = 621_355_968_000_000_000
"""Ticks of 100 nanoseconds between the years 1 and 1970."""


def event_body(random: SeededRandom, event: Event, delay: float) -> Json:
    """One event, whose usual delay is `delay` seconds."""
    event_id = random.guid("event", event.number)
    client_id = event.client_request_id or random.guid("client", event.correlation_id)
    parts = event.resource_id.split("/")
    group = parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ""
    ticks = _TICKS_AT_EPOCH + int((CALENDAR.epoch.timestamp() + event.at) * 10_000_000)
    body: Json = {
        "authorization": {"action": event.operation, "scope": event.resource_id},
        "caller": event.principal.caller,
        "channels": "Operation",
        "claims": _claims(event.principal),
        "correlationId": event.correlation_id,
        "description": event.details.get("description", ""),
        "eventDataId": event_id,
        "eventName": _named(event.stage, _STAGES.get(event.stage, event.stage)),
        "category": _named(event.category),
        "httpRequest": {
            "clientRequestId": client_id,
            "clientIpAddress": event.principal.address,
            "method": event.method,
            "uri": event.uri,
        },
        "id": f"{event.resource_id}/events/{event_id}/ticks/{ticks}",
        "level": "Error" if event.status == "Failed" else "Informational",
        "resourceGroupName": group,
        "resourceProviderName": _named(provider_of(event.resource_id)),
        "resourceId": event.resource_id,
        "resourceType": _named(_type_of(event.resource_id)),
        "operationId": event.correlation_id,
        "operationName": _named(event.operation, LABELS.get(event.operation)),
        "properties": _properties(event),
        "status": _named(event.status),
        "subStatus": _sub_status(event.http_status),
        "eventTimestamp": _utc(event.at),
        "submissionTimestamp": f"{_utc(event.at + delay * event.spread * _SUBMITTED)[:19]}Z",
        "subscriptionId": parts[2] if len(parts) > 2 else "",
        "tenantId": _TENANT,
    }
    if not event.method:
        del body["httpRequest"]
    return body


def selected(body: Json, names: str) -> Json:
    """The keys of `$select`, and the id, which is always there (activitylog-list-select-2020)."""
    wanted = {name.strip().lower() for name in names.split(",")} | {"id"}
    return {key: value for key, value in body.items() if key.lower() in wanted}


def provider_of(resource_id: str) -> str:
    """The namespace of the last provider in an id."""
    _, _, rest = resource_id.rpartition("/providers/")
    return rest.partition("/")[0] if "/providers/" in resource_id else "Microsoft.Resources"


def _type_of(resource_id: str) -> str:
    _, _, rest = resource_id.rpartition("/providers/")
    namespace, *path = rest.split("/")
    return "/".join([namespace, *path[::2]])


def _properties(event: Event) -> Json:
    body: Json = {
        "eventCategory": event.category,
        "entity": event.resource_id,
        "message": event.operation,
        "hierarchy": f"{_TENANT}/{event.resource_id.split('/')[2]}",
    }
    if event.http_status is not None:
        code = HTTPStatus(event.http_status).phrase.replace(" ", "")
        body = {"statusCode": code, "serviceRequestId": None, **body}
    return body | event.details


def _claims(principal: Principal) -> Json:
    """The claims of the caller's token; Azure's own work has none."""
    if principal.kind == "System":
        return {}
    claims = {
        "aud": "https://management.core.windows.net/",
        "iss": f"https://sts.windows.net/{_TENANT}/",
        f"{_MICROSOFT}/identity/claims/objectidentifier": principal.object_id,
        f"{_MICROSOFT}/identity/claims/tenantid": _TENANT,
        "appid": principal.application,
        "ver": "1.0",
    }
    if principal.kind == "Application":
        return {**claims, "appidacr": "1", "idtyp": "app"}
    return {
        **claims,
        "appidacr": "0",
        "ipaddr": principal.address,
        "name": principal.name,
        f"{_MICROSOFT}/claims/authnmethodsreferences": "pwd",
        f"{_MICROSOFT}/identity/claims/scope": "user_impersonation",
        f"{_SCHEMAS}/name": principal.caller,
        f"{_SCHEMAS}/upn": principal.caller,
    }


def _named(value: str, label: str | None = None) -> Json:
    return {"value": value, "localizedValue": label or value}


def _sub_status(status: int | None) -> Json:
    if status is None:
        return _named("")
    phrase = HTTPStatus(status).phrase.replace(" ", "")
    return _named(phrase, f"{phrase} (HTTP Status Code: {status})")


def _utc(seconds: float) -> str:
    return f"{timestamp(seconds)[:27]}Z"
