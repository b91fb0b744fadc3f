"""A host for tests: runs an action natively, and reports what a real host would commit::

    from hookbox.mock import Host
    from action import run

    report = Host(settings={"list": "new"}, lists=["new"]).run(run)
    assert report.effects == [{"kind": "add-to-list", "list": "new"}]

It checks what a real host checks at the call: grants, names, sizes. It does not check settings against their schema, which
``hookbox plugin test`` does. Nothing leaves the machine.
"""

from .fixture import Fixture, fixtures
from .host import Failed, Host, Report
from .outside import Sent

__all__ = ["Failed", "Fixture", "Host", "Report", "Sent", "fixtures"]
