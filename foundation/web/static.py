from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Also what one script imports from another is named by its content."""

    support_js_module_import_aggregation = True

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Without Brotli, which is found where tests are run: it takes half a minute, gzip three
        seconds, and what is measured there would not be what people get.
        """
        return Compressor(use_brotli=False, **kwargs)
