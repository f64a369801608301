"""Clocks of machines that share the work."""

from collections.abc import Iterator

from classifier_site.operations.doctor.findings import Finding, problem

# Seconds. A minute apart, jobs of a worker count as lost; codes of authenticator apps are valid for
# half a minute before and after (RFC 6238, section 5.2).
APART = 15


def compare(whose: str, before: float, theirs: float, after: float) -> Iterator[Finding]:
    """before, after: this machine's clock around the question, seconds since 1970, like theirs."""
    behind = before - theirs if theirs < before else min(0.0, after - theirs)
    if abs(behind) > APART:
        where = "behind" if behind > 0 else "ahead of"
        yield problem(
            f"The clock of {whose} is {abs(behind):,.0f} seconds {where} this machine's.",
            "Have both set by NTP (`timedatectl set-ntp true`): a minute apart, work counts as "
            "lost and runs twice, and codes of authenticator apps are refused.",
        )
