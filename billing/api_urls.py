from django.urls import path

from billing import api

urlpatterns = [
    path("billing/balance", api.balance),
    path("billing/transactions", api.transactions),
    path("rates", api.rates),
]
