"""The Django project: what ties the apps together, and how it runs."""

# The one place that names the service's version: /health, /schema, the pages' footer and
# `manage.py version` read it, and CHANGELOG.md says what each version brought.
__version__ = "0.1.0"
