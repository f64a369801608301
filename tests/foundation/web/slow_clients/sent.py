"""Requests, or what slow clients send of them at first."""

IN_HEAD = b"POST /accounts/login HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
SIGN_IN = (
    b"POST /accounts/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"Cookie: csrftoken=" + 32 * b"a" + b"\r\n\r\nusername="
)
CLOSE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def upload(
    path: bytes = b"/model/predictions", length: int = 9_000_000, header: bytes = b"X-None: -"
) -> bytes:
    return (
        b"POST %b HTTP/1.1\r\nHost: localhost\r\n%b\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG'
    ) % (path, header, length)
