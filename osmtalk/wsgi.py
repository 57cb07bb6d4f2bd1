"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osmtalk.settings")
application = get_wsgi_application()

from common import sentry  # noqa: E402  it needs the settings

sentry.initialize("api")
