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
# The rules that no JSON schema can say, by what the gateway says of them.
RULES_BEYOND_SCHEMA = [
    re.compile(rule) for rule in (
        # Texts, by Unicode's categories and by bytes.
        r"has a control character, or a space at its end", r"has another character", r"holds U\+0000",
        r"is \d+ bytes long", r"is empty", r"is not percent-encoded UTF-8",
        # Times and durations, which are text in JSON.
        r"has a fraction of a second", r"has passed", r"is -?\d+ s(econds)?\b", r"is not valid; expected a duration",
        # Everything but zero.
        r"^is 0;",
        # What only the system itself gives out.
        r"is none that was given out", r"is no scope",
        # Names that something that was made has, and columns by their names.
        r"is no file of this job", r"is no column that is imported",
        # Fields that belong to each other.
        r"stands twice", r"is to be given", r"is JSON, which has no delimiter", r"is no URL that is fetched",
        r"is another than that of the path", r"is missing.* expected the SKU's version .* or anyVersion",
        r"is given for files that are no JSON", r"stands beside JSON", r"is missing.* expected (both|one of|\w+ or) ",
        # One version, given once.
        r"names another version than the request's expectedVersion", r"names more than one version",
    )
]


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
    """Schemathesis' own check of that kind, but for the rules that stand beside the schema."""
    status = response.status_code
    if not is_valid(case) or status < 400 or status in STATUSES_OF_STATE + STATUSES_OF_SIZE:
        return
    problem = response.json()
    errors = problem.get("errors", [])
    unknown = [error for error in errors if not is_beyond_schema(error)]
    assert errors and not unknown, f"what fits the schema is refused: {problem.get('detail')} {unknown}"


def is_beyond_schema(error):
    text = f"{error['reason']}; expected {error['expected']}"
    return any(rule.search(text) for rule in RULES_BEYOND_SCHEMA)
