"""What the tests of faults expect of a check."""

from classifier_site.operations.doctor.findings import Severity


def one(look, *words, severity=Severity.PROBLEM):
    """The only finding of a check, which has these words."""
    [found] = look()
    assert all(word in found.says for word in words), found.says
    assert found.severity == severity
    assert found.do
    return found
