import os

from celery import Celery

from safesend.integrations.celery import Safesend

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
Safesend(app)
