from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Also what one script imports from another is named by its content."""

    support_js_module_import_aggregation = True
