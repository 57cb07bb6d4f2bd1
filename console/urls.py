"""The pages that operators see."""

from django.contrib.auth import views as auth
from django.urls import path
from django.views.generic import RedirectView

app_name = "console"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:calls"), name="home"),
]
