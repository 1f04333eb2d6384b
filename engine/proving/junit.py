"""A test report as a JUnit file, for the systems that show such."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from engine.proving.report import FAILED

if TYPE_CHECKING:
    from engine.proving.report import TestReport

# XML 1.0, production 2: what is no Char.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(report: TestReport) -> bytes:
    """Return the report as the XML of one test suite; characters XML cannot hold are replaced."""
    suite = ET.Element(
        "testsuite",
        name="tocsin",
        tests=str(len(report.cases)),
        failures=str(report.failed),
    )
    for case in report.cases:
        element = ET.SubElement(
            suite, "testcase", name=_clean(case.name), classname=_clean(case.file)
        )
        element.set("line", str(case.line))
        if case.status == FAILED:
            failure = ET.SubElement(element, "failure", message=_clean(case.detail[:200]))
            failure.text = _clean(case.detail)
    document: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return document


def _clean(text: str) -> str:
    """Return text without the characters XML 1.0 forbids."""
    return _FORBIDDEN.sub("\ufffd", text)
