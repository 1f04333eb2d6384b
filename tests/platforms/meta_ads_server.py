"""Meta's Marketing API in miniature: campaigns and ad sets of one ad account.

Source: developers.facebook.com, docs/marketing-api/reference/ad-campaign-group and ad-campaign,
docs/graph-api/guides/error-handling, docs/graph-api/overview/rate-limiting.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import ClassVar

from tests.platforms.imitation import (
    COMMON_FAULTS,
    Fault,
    Imitation,
    RefusedError,
    Response,
    complain,
    main,
    only,
)

VERSION = "/v26.0"
TOKEN = "EAAmeta-token"
ACCOUNT = "act_77"
BUSINESS = "1029"
_READABLE = ("id", "name", "status", "effective_status", "daily_budget", "lifetime_budget")
_STATUSES = ("ACTIVE", "PAUSED")
_SMALLEST_BUDGET = 50


def error(code, message, *, status=400, subcode=None, is_transient=None, kind="OAuthException"):
    """Return an error in the platform's own form."""
    body = {"message": message, "type": kind, "code": code, "fbtrace_id": "AbCdEf"}
    body |= {} if subcode is None else {"error_subcode": subcode}
    body |= {} if is_transient is None else {"is_transient": is_transient}
    return Response.of({"error": body}, status=status)


def usage(minutes=0, call_count=28):
    """Return the header of a business's use of an ad account."""
    use = {
        "type": "ads_management",
        "call_count": call_count,
        "total_cputime": 25,
        "total_time": 25,
        "estimated_time_to_regain_access": minutes,
        "ads_api_access_tier": "standard_access",
    }
    return {"x-business-use-case-usage": json.dumps({BUSINESS: [use]})}


def _as_fault(response, headers=None):
    return Fault(response.status, headers or {}, response.body)


class MetaAds(Imitation):
    """Holds campaigns and ad sets; what people do by hand is `by_hand`."""

    faults: ClassVar = {
        **COMMON_FAULTS,
        "throttled": _as_fault(
            error(80004, "There have been too many calls to this ad-account.", subcode=2446079),
            usage(minutes=7, call_count=100),
        ),
        "app_throttled": _as_fault(error(4, "Application request limit reached", status=403)),
        "user_throttled": _as_fault(error(17, "User request limit reached")),
        "transient": _as_fault(
            error(2, "Service temporarily unavailable", status=500, is_transient=True)
        ),
        "unknown_error": _as_fault(error(1, "An unknown error occurred", status=500)),
        "forbidden": _as_fault(error(200, "Permissions error", status=403)),
        "no_permission": _as_fault(error(10, "Application does not have permission", status=403)),
        "invalid": _as_fault(error(100, "Invalid parameter")),
        "error_in_200": _as_fault(error(100, "Invalid parameter", status=200)),
        "not_done": Fault(200, body=b'{"success": false}'),
    }

    def __init__(self, clock=None):
        super().__init__(clock)
        self.objects = {}
        self.campaigns = []
        self.ad_sets = {}
        self.token = TOKEN
        self.page = 25
        self.lags = False
        self._settling = {}

    # --- what people see ------------------------------------------------------------------------

    def campaign(self, name, title="", *, status="ACTIVE", daily_budget=None, ad_sets=()):
        self.objects[name] = {"id": name, "name": title or f"campaign {name}", "status": status}
        if daily_budget is not None:
            self.objects[name]["daily_budget"] = str(daily_budget)
        self.campaigns.append(name)
        self.ad_sets[name] = []
        for one, budget in ad_sets:
            self.objects[one] = {"id": one, "name": f"ad set {one}", "status": "ACTIVE"}
            self.objects[one]["daily_budget"] = str(budget)
            self.ad_sets[name].append(one)

    def by_hand(self, name, **fields):
        """Change an object as a person does in the platform's own pages."""
        self.objects[name] |= {field: str(value) for field, value in fields.items()}

    def values(self, field):
        return {name: one[field] for name, one in self.objects.items() if field in one}

    def do_campaign(self, campaign, **fields):
        self.campaign(campaign, **fields)

    def do_by_hand(self, campaign, **fields):
        self.by_hand(campaign, **fields)

    def do_values(self, field):
        return self.values(field)

    def do_expire_token(self):
        self.token = "another"

    # --- the wire -------------------------------------------------------------------------------

    def _next_fault(self, request):
        """Let faults be scripted ``at`` a ``CHANGE`` as well: a POST that is no dry run."""
        is_change = request.method == "POST" and b"execution_options" not in request.body
        return super()._next_fault(replace(request, method="CHANGE") if is_change else request)

    def usual_headers(self):
        return usage() | {"x-app-usage": '{"call_count":3,"total_time":1,"total_cputime":1}'}

    def refused_as_unexpected(self, said):
        return error(100, said)

    def answer(self, request):
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise RefusedError(
                error(190, "Error validating access token: session has expired.", subcode=463)
            )
        if not request.path.startswith(f"{VERSION}/"):
            complain(f"another version: {request.path}")
        name, _, edge = request.path.removeprefix(f"{VERSION}/").partition("/")
        if request.method == "GET":
            return self._got(name, edge, request.query)
        if request.method == "POST" and not edge:
            return self._set(name, request.form())
        return complain("nothing of the kind")

    def _got(self, name, edge, query):
        if not edge:
            only(query, required=("fields",))
            return Response.of(self._shown(self._known(name), query["fields"]))
        only(query, required=("fields", "limit"), optional=("after",))
        if (name, edge) == (ACCOUNT, "campaigns"):
            return self._listed(self.campaigns, query)
        if edge == "adsets" and name in self.ad_sets:
            return self._listed(self.ad_sets[name], query)
        return complain(f"no edge {edge!r} of {name!r}")

    def _listed(self, names, query):
        asked = int(query["limit"])
        if not 1 <= asked <= 500:
            complain(f"a limit of {asked}")
        there = [one for one in names if self.objects[one]["status"] in _STATUSES]
        begin = int(query.get("after", "0"))
        end = begin + min(asked, self.page)
        found = {"data": [self._shown(one, query["fields"]) for one in there[begin:end]]}
        if found["data"]:
            found["paging"] = {"cursors": {"before": str(begin), "after": str(end)}}
        if end < len(there):
            found["paging"]["next"] = "https://graph.facebook.com/never-asked?access_token=secret"
        return Response.of(found)

    def _shown(self, name, fields):
        asked = fields.split(",")
        if set(asked) - set(_READABLE):
            complain(f"unknown fields: {fields}")
        one = self.objects[name]
        # What comes of a status is worked out later; the status itself is as it was set.
        effective = self._settling.pop(name, None) or one["status"]
        found = {**one, "effective_status": effective}
        return {field: found[field] for field in asked if field in found}

    def _set(self, name, form):
        only(form, optional=("status", "daily_budget", "execution_options"))
        name, one = self._known(name), self.objects[self._known(name)]
        options = json.loads(form.pop("execution_options", "[]"))
        if options not in ([], ["validate_only"]):
            complain(f"execution_options {options}")
        if len(form) != 1:
            complain(f"one field at a time: {sorted(form)}")
        self._check(one, form)
        if options:
            return Response.of({"success": True})
        for field, value in form.items():
            self.effect("set", f"{name} {field} {one[field]} {value}")
            one[field] = value
        if self.lags:
            self._settling[name] = "IN_PROCESS"
        return Response.of({"success": True})

    def _check(self, one, form):
        if form.get("status", "ACTIVE") not in _STATUSES:
            complain(f"a status that nobody may set: {form}")
        if "daily_budget" in form:
            if "daily_budget" not in one:
                raise RefusedError(error(100, "The object has no budget of its own."))
            if not form["daily_budget"].isdigit():
                complain(f"a budget that is no whole number: {form}")
            if int(form["daily_budget"]) < _SMALLEST_BUDGET:
                raise RefusedError(error(100, "Your budget is too low.", subcode=1885272))

    def _known(self, name):
        if name not in self.objects or self.objects[name]["status"] == "DELETED":
            raise RefusedError(
                error(
                    100,
                    f"Unsupported get request. Object with ID '{name}' does not exist, cannot be "
                    "loaded due to missing permissions, or does not support this operation.",
                    subcode=33,
                    kind="GraphMethodException",
                )
            )
        return name


if __name__ == "__main__":
    main(MetaAds())
