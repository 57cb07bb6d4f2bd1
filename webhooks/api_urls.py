from django.urls import path

from webhooks import api

urlpatterns = [
    path("webhooks", api.webhooks),
    path("webhooks/<uuid:endpoint_id>", api.webhook),
    path("webhooks/<uuid:endpoint_id>/secret", api.new_secret),
    path("webhooks/<uuid:endpoint_id>/test", api.test),
    path("webhooks/<uuid:endpoint_id>/deliveries", api.deliveries),
    path(
        "webhooks/<uuid:endpoint_id>/deliveries/<int:delivery_id>/resend",
        api.send_again,
    ),
]
