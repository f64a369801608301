"""How much is kept of one's own, as a page of one's account."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from accounts.services import user_of
from predictions import quotas


@method_decorator(never_cache, name="dispatch")
class StoragePage(LoginRequiredMixin, TemplateView):
    template_name = "predictions/storage.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = user_of(self.request)
        return super().get_context_data(
            use=quotas.use_of(user), quota=quotas.quota_of(user), **kwargs
        )
