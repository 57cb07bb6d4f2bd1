"""The composition of the apps: settings, routes and the worker."""

from osmtalk.celery import app as celery_app

__all__ = ["celery_app"]
