"""{{title}}: what an automation does with it is said below, in ``description``."""

from dataclasses import dataclass

from hookbox import Call, Permanent, action, contacts, lists, log, need, setting


# The annotations make the form, and settings are checked against them before every call.
@dataclass(kw_only=True)
class Settings:
    """What an automation sets."""

    list: str = setting(title="List", description="The list that contacts are put on.", format="list", minLength=1)


@action(
    name="{{name}}",
    version="0.1.0",
    title="{{title}}",
    description="Puts the contact on a list, and notes where it came from.",
    settings=Settings,
    # What it asks to be allowed. An admin reads the reasons.
    needs=[
        need("contacts.write", "source", reason="Where the contact came from is kept there"),
        need("lists.write", "*", reason="The list is chosen in the settings"),
    ],
)
def run(call: Call[Settings]) -> dict[str, str]:
    source = call.payload.get("source") if isinstance(call.payload, dict) else None
    if not isinstance(source, str):
        raise Permanent("no-source", "the payload does not say where the contact came from")
    contacts.set_field("source", source)
    lists.add(call.settings.list)
    log.info(f"came from {source}")
    return {"source": source}
