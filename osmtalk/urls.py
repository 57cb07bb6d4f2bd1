"""Every route: the API under /api, the admin, and the console's pages."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from jobs.metrics import metrics
from orgs.login import AdminLoginForm, LoginForm
from osmtalk import api_docs

admin.site.login_form = AdminLoginForm

urlpatterns = [
    path("api/schema", api_docs.schema, name="schema"),
    path("api/docs", api_docs.docs, name="docs"),
    path("api/", include("health.urls")),
    path("api/", include("jobs.urls")),
    path("api/", include("agents.api_urls")),
    path("api/", include("billing.api_urls")),
    path("api/", include("calls.api_urls")),
    path("api/", include("telephony.urls")),
    path("api/", include("webhooks.api_urls")),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
    path(
        "login",
        auth.LoginView.as_view(
            redirect_authenticated_user=True, authentication_form=LoginForm
        ),
        name="login",
    ),
    path("logout", auth.LogoutView.as_view(), name="logout"),
    path("", include("console.urls")),
]

handler400 = "osmtalk.errors.bad_request"
handler403 = "osmtalk.errors.forbidden"
handler404 = "osmtalk.errors.not_found"
handler500 = "osmtalk.errors.server_error"
