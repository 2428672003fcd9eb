"""What schemathesis cannot know of the gateway by its document alone, for scripts/check-api."""

import os
import re

import schemathesis

OWN_KEYS = os.environ["CHECK_API_KEY_IDS"].split(",")
NOBODYS_KEY = "00000000-0000-7000-8000-000000000000"
# What fits the schema may still not fit the state: what is there, which version it has, what was asked for before.
STATUSES_OF_STATE = (304, 404, 409, 412, 422, 428, 429)
# Each part is small enough, but not all of them together.
STATUSES_OF_SIZE = (413, 414, 431)
# How a rule is refused that no JSON schema can say: about bytes, Unicode, times, what was given out before, and several
# fields together.
PROBLEMS_OF_RULES = ("field-invalid", "header-invalid", "idempotency-key-required", "key-required", "request-invalid")
# Those rules, for people: a line for each.
REFUSALS = os.environ["CHECK_API_REFUSALS"]

refusals = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method == "DELETE" and (case.path_parameters or {}).get("keyId") in OWN_KEYS:
        # It would lock itself out.
        case.path_parameters["keyId"] = NOBODYS_KEY
    if is_valid(case) and case.headers is not None:
        complete(case)


def is_valid(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def complete(case):
    """Rules about several parts of a request, of which the schema knows only each part."""
    names = {parameter.definition.get("name") for parameter in case.operation.headers}
    for name in ("If-Match", "If-None-Match"):
        # The coverage phase loses the quotes of a text in a header.
        if re.fullmatch("[!#-)+-~]+", case.headers.get(name, "")):
            case.headers[name] = f'"{case.headers[name]}"'
    if case.method != "GET":
        # Either of them, and the second is a star.
        if case.headers.get("If-None-Match") == '"0"':
            case.headers["If-None-Match"] = "*"
        if "If-Match" in case.headers:
            case.headers.pop("If-None-Match", None)
    if "Idempotency-Key" in names and "Idempotency-Key" not in case.headers:
        if not (isinstance(case.body, dict) and case.body.get("commandId")):
            case.headers["Idempotency-Key"] = f"check-{case.id}"


@schemathesis.check
def valid_data_acceptance(ctx, response, case):
    """Schemathesis' own check of that kind, but for rules beside the schema: they are told with their place."""
    status = response.status_code
    if not is_valid(case) or status < 400 or status in STATUSES_OF_STATE + STATUSES_OF_SIZE:
        return
    problem = response.json()
    kind = problem.get("type", "").removeprefix("/problems/")
    errors = problem.get("errors", [])
    assert status == 400 and kind in PROBLEMS_OF_RULES, f"what fits the schema is {status}: {problem}"
    assert kind == "request-invalid" or errors, f"what fits the schema is refused without a place: {problem}"
    note(case, errors)


def note(case, errors):
    for error in errors:
        place = re.sub(r"\d+", "0", error.get("pointer") or error.get("name", ""))
        reason = re.sub(r'[0-9]+|".*"', "…", error["reason"])
        line = f"{case.operation.label} {place}: {reason}"
        if line not in refusals:
            refusals.add(line)
            with open(REFUSALS, "a", encoding="utf-8") as file:
                file.write(line + "\n")
