"""The report as JSON: everything that it says, by section, with all digits."""

import json

from legend_desktop.services.report_content import BestExecution
from legend_desktop.services.report_plain import plain_content
from legend_desktop.services.report_seal import Seal


def json_report(report: BestExecution, seal: Seal) -> bytes:
    """The file, UTF-8. Money, prices, shares and basis points of orders are texts, so that no digit is lost."""
    content = {"seal": seal.as_dict(), **plain_content(report)}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
