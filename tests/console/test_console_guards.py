"""What stands before every path: safe headers and the name the server is called by."""

import pytest

from engine.console.guards import allowed_hosts


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/mentions", "/nowhere", "/metrics", "/static/console.css"]
)
async def test_every_answer_keeps_a_browser_on_a_leash(console, path):
    headers = (await console.client.get(path)).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == ("no-cache" if "static" in path else "no-store")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8080", 200),
        ("localhost:8080", 200),
        ("LOCALHOST", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421),
        ("[broken", 421),
        ("", 421),
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/mentions"])
async def test_a_loopback_server_answers_to_its_own_names_only(open_console, path, host, status):
    async with open_console(hosts=allowed_hosts("127.0.0.1")) as console:
        answer = await console.client.get(path, headers={"Host": host})

    assert answer.status_code == status
    assert "content-security-policy" in answer.headers
    if status == 421:
        assert answer.json()["error"]["code"] == "unknown_host"


@pytest.mark.parametrize(
    ("bound", "is_checked"),
    [
        ("127.0.0.1", True),
        ("127.0.0.9", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("console.internal", False),
    ],
)
def test_only_a_loopback_server_is_sure_of_its_names(bound, is_checked):
    assert bool(allowed_hosts(bound)) == is_checked
    assert not is_checked or bound in allowed_hosts(bound)
