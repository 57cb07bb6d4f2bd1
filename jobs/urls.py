from django.urls import path

from jobs import api

urlpatterns = [
    path("jobs/sweep-stale-calls", api.sweep_stale_calls),
    path("jobs/reconcile-capacity", api.reconcile_capacity),
]
