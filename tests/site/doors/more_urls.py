"""The site with a route that nobody has thought about, and one that answers a method more."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from classifier_site.urls import urlpatterns as known
from predictions.api.model_views import ModelView


class MoreOfTheModel(ModelView):
    patch = ModelView.get


def everybody(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Ada, Grace")


urlpatterns = [
    path("model", MoreOfTheModel.as_view()),
    path("everybody", everybody),
    *known,
]
