from django.apps import AppConfig


class FrontConfig(AppConfig):
    name = "nnsc.front"
    label = "front"
