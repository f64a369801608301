"""What programs tell errors apart by: `code`, which stays when the sentence beside it changes."""

# Of errors that say no more than their status. The first ones are REST framework's words.
BY_STATUS = {
    400: "invalid",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    411: "length_required",
    413: "too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    429: "throttled",
    431: "headers_too_large",
    500: "error",
    501: "not_implemented",
    503: "unavailable",
    504: "timeout",
}


def problem(status: int, detail: str, code: str = "") -> dict[str, str]:
    """The body of an error: a sentence for people and a word for programs."""
    return {"detail": detail, "code": code or BY_STATUS[status]}
