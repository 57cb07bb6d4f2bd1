"""``manage.py load_rates``: adds what is new in the price book."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.rates import load_book


class Command(BaseCommand):
    help = "Add the rates of billing/price_book.toml that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_book()} rates added.")
