from django.urls import path

from health import views

urlpatterns = [
    path("health", views.health),
    path("health/deep", views.deep_health),
]
