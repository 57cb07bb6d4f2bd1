from django.urls import path

from telephony import plivo_views as plivo
from telephony import whatsapp_views as whatsapp

urlpatterns = [
    path("plivo/answer", plivo.incoming),
    path("plivo/hangup", plivo.incoming_hangup),
    path("plivo/calls/<uuid:call_id>/ring", plivo.ring),
    path("plivo/calls/<uuid:call_id>/answer", plivo.answer),
    path("plivo/calls/<uuid:call_id>/hangup", plivo.hangup),
    path("plivo/calls/<uuid:call_id>/machine", plivo.machine),
    path("plivo/calls/<uuid:call_id>/transfer", plivo.transfer_begins),
    path("plivo/calls/<uuid:call_id>/summary", plivo.transfer_summary),
    path("plivo/calls/<uuid:call_id>/transferred", plivo.transfer_ends),
    path("whatsapp/webhook", whatsapp.webhook),
]
