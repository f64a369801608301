"""The site as an app on a phone: its manifest, and pictures that other apps share with it.

https://www.w3.org/TR/appmanifest/ and https://w3c.github.io/web-share-target/. The phone's share
menu posts a form without a CSRF token, so nothing is taken from that request. On the phone a
service worker answers it (share-worker.js) and hands the files to the page, which sends them as if
they had been chosen there.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

ICONS = [
    ("icon", "192x192", "any"),
    ("icon", "512x512", "any"),
    ("maskable", "512x512", "maskable"),
]


class ManifestView(View):
    def get(self, request: HttpRequest) -> JsonResponse:
        manifest = {
            "id": reverse("classify"),
            "start_url": reverse("classify"),
            "name": _("Image classification"),
            "short_name": _("Classify"),
            "display": "standalone",
            "background_color": "#f6f7f9",
            "theme_color": "#1f5fbf",
            "icons": [
                {
                    "src": static(f"icons/{name}-{size.partition('x')[0]}.png"),
                    "sizes": size,
                    "type": "image/png",
                    "purpose": purpose,
                }
                for name, size, purpose in ICONS
            ],
            "share_target": {
                "action": reverse("share"),
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"files": [{"name": "file", "accept": ["image/*"]}]},
            },
        }
        return JsonResponse(manifest, content_type="application/manifest+json")


@method_decorator(csrf_exempt, name="dispatch")
class ShareView(View):
    """Answers in the place of the service worker where that is missing. It takes nothing."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("classify")

    def post(self, request: HttpRequest) -> HttpResponse:
        messages.warning(request, _("The picture did not arrive. Share it once more."))
        return redirect("classify")
