"""A short name for a User-Agent header, by which people recognise their own devices.

ua-parser knows thousands of them, for 33 MB of memory in each web process and 0.6 seconds at
first use (measured with 1.0.2 and its compiled half). People have a handful, and no decision
depends on it.
"""

# The first match wins: browsers also name the browsers that they are based on or imitate.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
    "curl": "curl",
    "python": "Python",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def describe(user_agent: str) -> str:
    """Such as "Firefox, Windows"; for a header that no browser sends, its first word."""
    known = [
        next((name for sign, name in names.items() if sign in user_agent), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, known)) or user_agent.partition(" ")[0][:40]
