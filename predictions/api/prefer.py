"""The Prefer header (RFC 7240): how long a client wants to wait for its answer."""

import re
from dataclasses import dataclass

# What stands between commas, up to its parameters; in quotes both characters are others
# (RFC 9110, section 5.6). Unclosed quotes extend to the end: looked for again from each comma
# on, they would take a long header's length squared.
QUOTED = r'"(?:[^"\\]|\\.)*(?:"|\\?$)'
PREFERENCE = re.compile(rf'(?:^|,)((?:[^,;"]|{QUOTED})*)(?:[^,"]|{QUOTED})*')


@dataclass(frozen=True)
class Prefer:
    """`respond-async` and `wait` as the client sent them; what it did not send is None or False."""

    respond_async: bool = False
    wait: int | None = None

    @classmethod
    def parse(cls, header: str) -> "Prefer":
        """Preferences not known here, and malformed ones, are ignored (RFC 7240, section 2)."""
        respond_async, wait = False, None
        for preference in PREFERENCE.findall(header):
            name, _, value = (part.strip(' "') for part in preference.partition("="))
            if name.lower() == "respond-async":
                respond_async = True
            elif name.lower() == "wait" and re.fullmatch(r"\d{1,9}", value) and wait is None:
                wait = int(value)
        return cls(respond_async, wait)
