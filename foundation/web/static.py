from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Also hashes the names of scripts that other scripts import."""

    support_js_module_import_aggregation = True

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Without Brotli, which is installed for the tests only: it takes half a minute, gzip
        three seconds, and tests would measure other files than people get.
        """
        return Compressor(use_brotli=False, **kwargs)
