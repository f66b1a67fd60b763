import os

from celery import Celery
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from safesend import Campaign, Recipient, Template
from safesend.errors import SafesendError
from safesend.integrations.celery import Safesend

app = Celery("shop", broker=os.environ["BROKER_URL"])
Safesend(app, ledger=os.environ["LEDGER_URL"], via=os.environ["RELAY_URL"])

web = FastAPI()


class Person(BaseModel):
    """One of those who get the letter."""

    email: str
    name: str


@web.post("/letters/{name}", status_code=202)
async def send(name: str, people: list[Person]) -> dict[str, int]:
    """Send a letter to everybody in the body; yours asks first who it is."""
    try:
        campaign = Campaign(
            name=name,
            sender="Shop <shop@example.org>",
            template=Template(subject="News", text="Dear {{ name }},\n\nwe moved."),
            audience=[Recipient(one.email, name=one.name) for one in people],
        )
        done = await campaign.aenqueue(app)
    except SafesendError as error:
        raise HTTPException(422, str(error)) from error
    return {"waiting": done.waiting}
