"""What no page may do, whatever the test looks at."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# What Chromium writes on the console itself, besides the response that the guard sees anyway.
FAILED_RESPONSE = re.compile(r"Failed to load resource: the server responded with a status of \d+")
# Chromium's own words on the console name neither the element nor its line.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
    `${event.violatedDirective} forbids ${event.blockedURI}`,
    `at ${event.sourceFile || event.documentURI}:${event.lineNumber} ${event.sample}`,
));
"""


class PageGuard:
    """Collects errors of all pages of a context: console, scripts, policy, origins, statuses."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.complaints: list[str] = []
        self.expected: set[int] = set()
        self.offline = False

    def expect(self, *statuses: int) -> None:
        """Allows these statuses, from now to the end of the test."""
        self.expected.update(statuses)

    def expect_offline(self) -> None:
        """Allows what Chromium says when there is no network, from now to the end of the test."""
        self.offline = True

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if self.offline and "net::ERR_INTERNET_DISCONNECTED" in message.text:
            return
        if message.type in ("error", "warning") and not FAILED_RESPONSE.match(message.text):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and f"{url.scheme}://{url.netloc}" != self.site:
            self.complaints.append(f"request to another origin: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"status {response.status}: {response.url}")

    def check(self) -> None:
        assert not self.complaints, "\n".join(["The pages are not clean:", *self.complaints])
