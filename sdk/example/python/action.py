"""Scores a lead: asks a service about its company, tags it, and writes to the hot ones."""

import json
from dataclasses import dataclass

from hookbox import (
    Call,
    Contact,
    HttpError,
    Permanent,
    Retryable,
    Secret,
    action,
    contacts,
    http,
    lists,
    log,
    messages,
    need,
    setting,
    state,
)

ENRICH_TIMEOUT_MS = 10_000
EMPLOYEES_MAX = 10_000_000
POINTS_OF_SOURCE = {"referral": 20, "demo": 15, "newsletter": 5}


@dataclass(kw_only=True)
class Settings:
    """What an automation sets."""

    enrich_url: str = setting(
        title="Enrichment URL",
        description="Where the lead's company is asked about.",
        format="uri",
        minLength=1,
        maxLength=2048,
    )
    api_key: Secret | None = setting(
        default=None,
        title="API key",
        description="The secret that the enrichment service knows us by; none when empty.",
    )
    threshold: int = setting(
        default=50, title="Threshold", description="A lead is hot from this score on, 0 to 100.", minimum=0, maximum=100
    )
    list: str = setting(title="List", description="The list that hot leads are put on.", format="list", minLength=1)
    message: str = setting(
        title="Message",
        description="What hot leads are written; {first_name} is their first name.",
        minLength=1,
        maxLength=10000,
    )


@dataclass(frozen=True)
class Lead:
    """What is known of the lead."""

    company: str
    employees: int | None
    source: str | None


@action(
    name="score-lead",
    version="1.0.0",
    title="Score a lead",
    description="Asks a service about the lead's company, scores the lead, tags it, and writes to the hot ones.",
    settings=Settings,
    needs=[
        need("contacts.read", "first_name", "tags", reason="The message says the first name, and a vip scores higher"),
        need("contacts.write", "lead_score", reason="The score is kept there"),
        need("contacts.tag", "hot-lead", "cold-lead", reason="Leads are tagged by their score"),
        need("lists.write", "*", reason="The list of hot leads is chosen in the settings"),
        need("messages.send", "*", reason="Hot leads are written to from the inbox of the automation"),
        need("state", "leads:*", reason="Leads are counted"),
        need("http", "*", reason="The service that is asked is chosen in the settings"),
        need("secret", "*", reason="The key of the service is chosen in the settings"),
    ],
)
def run(call: Call[Settings]) -> dict[str, object]:
    lead = lead_of(call.payload)
    score = score_of(lead, call.contact, bonus_of(lead, call.settings))
    hot = score >= call.settings.threshold

    contacts.set_field("lead_score", score)
    contacts.add_tag("hot-lead" if hot else "cold-lead")
    if hot:
        lists.add(call.settings.list)
        messages.send(call.settings.message.replace("{first_name}", first_name_of(call.contact)))
    count = state.increment("leads:total")
    if hot:
        state.increment("leads:hot")
    log.info(f"scored {score} of 100, {'hot' if hot else 'cold'}")
    return {"score": score, "hot": hot, "count": count}


def lead_of(payload: object) -> Lead:
    company = payload.get("company") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(company, str) or not company.strip():
        raise Permanent("no-company", "the payload names no company")
    source = payload.get("source")
    employees = whole(payload.get("employees"), 0, EMPLOYEES_MAX)
    return Lead(company.strip(), employees, source if isinstance(source, str) else None)


def bonus_of(lead: Lead, settings: Settings) -> int:
    """What the enrichment service gives the lead on top."""
    headers = {} if settings.api_key is None else {"authorization": f"Bearer {settings.api_key}"}
    asked = {"company": lead.company, "employees": lead.employees, "source": lead.source}
    try:
        answer = http.post(settings.enrich_url, headers=headers, json=asked, timeout_ms=ENRICH_TIMEOUT_MS)
    except HttpError:
        raise Retryable("the enrichment service did not answer") from None
    if answer.status == 429 or 500 <= answer.status <= 599:
        raise answer.retryable(f"the enrichment service answered {answer.status}")
    if not answer.ok:
        raise Permanent("enrichment-refused", f"the enrichment service answered {answer.status}")
    return read_bonus(answer.body)


def read_bonus(body: bytes) -> int:
    try:
        bonus = whole(json.loads(body)["score_bonus"], -100, 100)
    except (ValueError, TypeError, KeyError, RecursionError):
        bonus = None
    if bonus is None:
        raise Permanent("enrichment-unreadable", "the enrichment service gave no score_bonus")
    return bonus


def score_of(lead: Lead, contact: Contact, bonus: int) -> int:
    size = min((lead.employees or 0) // 10, 40)
    source = POINTS_OF_SOURCE.get(lead.source or "", 0)
    vip = 10 if "vip" in contact.tags else 0
    return max(0, min(10 + size + source + vip + bonus, 100))


def first_name_of(contact: Contact) -> str:
    name = contact.fields.get("first_name")
    return name if isinstance(name, str) and name else "there"


def whole(value: object, least: int, most: int) -> int | None:
    """The whole number within the bounds, if it is one. JSON knows one kind of number: 12.0 is as whole as 12."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most:
        return None
    return int(value) if value == int(value) else None
