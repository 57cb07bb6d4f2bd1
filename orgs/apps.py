from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "orgs"
    verbose_name = "Organizations"

    def ready(self) -> None:
        """The documents' library knows of our authentication once it is imported."""
        from orgs import schema  # noqa: F401  it needs the settings
