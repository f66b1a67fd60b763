from django.urls import path

from shop.views import send

urlpatterns = [path("letters/<str:name>", send)]
