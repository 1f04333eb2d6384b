"""A test report as a JUnit file, for the systems that show such."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from engine.proving.cases import FAILED

if TYPE_CHECKING:
    from engine.proving.cases import TestReport


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
    return "".join(
        char if char in "\t\n\r" or ("\x20" <= char <= "\ud7ff") or char >= "\ue000" else "\ufffd"
        for char in text
    )
