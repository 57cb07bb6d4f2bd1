"""The demo's organization: its people, agents, numbers, key and credits."""

import secrets
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User

from agents.models import Agent, PhoneNumber
from billing import credits
from billing.models import EntryKind
from orgs.models import Membership, Organization, Role, Scope, create_api_key

NAME = "Demo"
USERNAME = "demo"
CREDITS = Decimal("25000.00")


@dataclass(frozen=True)
class Persona:
    """An agent of the demo: who it is and how it begins."""

    name: str
    prompt: str
    greeting: str
    llm: str = "gpt-4.1-mini"
    tts: str = "aura-2"


# The first is the one that scripts and the README talk to.
PERSONAS = (
    Persona(
        "Clinic receptionist",
        "You are the receptionist of Shanti Clinic in Pune. Answer in one or two short "
        "sentences. You can tell opening hours and prices and book appointments. When "
        "the caller says goodbye, say goodbye and end the call.",
        "Hello, this is Shanti Clinic. How can I help you?",
    ),
    Persona(
        "Order desk",
        "You are the order desk of a web shop. Find out the order number, tell the "
        "status and offer a return where it is due. Be brief and friendly.",
        "Hi, you have reached the order desk. What is your order number?",
        llm="gpt-4o-mini",
    ),
    Persona(
        "Loan reminder",
        "You remind borrowers politely of an instalment that is due, answer questions "
        "on amounts and dates, and offer to connect them to a person.",
        "Namaste, I am calling about your loan instalment. Is this a good time?",
        llm="gpt-4.1",
    ),
    Persona(
        "Hotel bookings",
        "You take bookings for a small hotel in Goa. Ask for dates and guests, tell "
        "the price of a night, and confirm.",
        "Good day, Hotel Mandovi, bookings. When would you like to stay?",
    ),
)
NUMBERS = ("+912071177001", "+912071177002")


@dataclass(frozen=True)
class Account:
    """What was made; ``password`` and ``api_key`` cannot be had again."""

    organization: Organization
    agents: list[Agent]
    numbers: list[PhoneNumber]
    password: str
    api_key: str


def is_there() -> bool:
    return Organization.objects.filter(name=NAME).exists()


def make() -> Account:
    organization = Organization.objects.create(name=NAME)
    password = secrets.token_urlsafe(9)
    user = User.objects.create_superuser(USERNAME, password=password)
    Membership.objects.create(user=user, organization=organization, role=Role.OWNER)
    scopes = [scope.value for scope in Scope]
    _, api_key = create_api_key(organization, name="Demo key", scopes=scopes)
    credits.add_entry(
        organization.pk, kind=EntryKind.TOP_UP, amount=CREDITS, note="Demo credits"
    )
    agents = [agent(organization, persona) for persona in PERSONAS]
    numbers = [
        PhoneNumber.objects.create(
            organization=organization, number=number, agent=agents[index]
        )
        for index, number in enumerate(NUMBERS)
    ]
    return Account(organization, agents, numbers, password, api_key)


def agent(organization: Organization, persona: Persona) -> Agent:
    return Agent.objects.create(
        organization=organization,
        name=persona.name,
        prompt=persona.prompt,
        greeting=persona.greeting,
        llm_model=persona.llm,
        tts_model=persona.tts,
        enable_call_recording=True,
    )
