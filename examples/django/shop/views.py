import json

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from safesend import Campaign, Recipient, Template
from safesend.errors import SafesendError
from shop.celery import app


@csrf_exempt  # yours asks who it is: a login, a token
@require_POST
def send(request: HttpRequest, name: str) -> JsonResponse:
    """Send a letter to everybody in the body: [{"email": ..., "name": ...}, ...]."""
    people = json.loads(request.body)
    try:
        campaign = Campaign(
            name=name,
            sender="Shop <shop@example.org>",
            template=Template(subject="News", text="Dear {{ name }},\n\nwe moved."),
            audience=[Recipient(one["email"], name=one["name"]) for one in people],
        )
        done = campaign.enqueue(app)
    except SafesendError as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse({"waiting": done.waiting}, status=202)
