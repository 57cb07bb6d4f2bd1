"""Every route: the API under /api, the admin, and the console's pages."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/", include("health.urls")),
    path("api/", include("jobs.urls")),
    path("api/", include("calls.api_urls")),
    path("admin/", admin.site.urls),
    path("", include("console.urls")),
]

handler400 = "osmtalk.errors.bad_request"
handler403 = "osmtalk.errors.forbidden"
handler404 = "osmtalk.errors.not_found"
handler500 = "osmtalk.errors.server_error"
