from django.apps import AppConfig


class SimilarConfig(AppConfig):
    name = "predictions.similar"
    verbose_name = "Similar pictures"
