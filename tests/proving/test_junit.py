"""JUnit files: any parser reads them, whatever stands in a mention."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from engine.proving.coverage import Coverage
from engine.proving.junit import junit_xml
from engine.proving.report import FAILED, PASSED, Case, TestReport


def parsed(*cases):
    return ET.fromstring(junit_xml(TestReport(Coverage(), list(cases))))


def test_cases_and_failures_are_counted_with_their_place():
    suite = parsed(
        Case("care/refund fires 1", "care.yaml", 8, PASSED),
        Case(
            "care/refund quiet 2", "care.yaml", 9, FAILED, "expected to stay quiet, fired:\n  ✓ x"
        ),
    )

    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    passed, failed = suite
    assert (passed.get("classname"), passed.get("line"), list(passed)) == ("care.yaml", "8", [])
    assert failed.find("failure").text == "expected to stay quiet, fired:\n  ✓ x"


@given(st.text())
def test_any_text_makes_a_file_that_can_be_read(text):
    (case,) = parsed(Case(text, text, 1, FAILED, text))

    assert case.find("failure") is not None


def test_characters_xml_cannot_hold_are_replaced():
    (case,) = parsed(Case("a\x00b\x1b\ufffe\uffff\ud800c", "f", 1, PASSED))

    assert case.get("name") == "a\ufffdb\ufffd\ufffd\ufffd\ufffdc"
