"""Our accounts in the settings: complete, told apart, and their secrets never in the file."""

from __future__ import annotations

import pytest

from engine.account import Account
from engine.actions.accounts import build_accounts
from engine.errors import ConfigError
from engine.settings_file import read_configuration

MASTODON = "{name: care, platform: mastodon, base_url: 'https://m.example/', handle: '@acme', token: '${TOKEN}'}"
ADS = "{name: ads, platform: meta_ads, ad_account: act_1, currency: EUR, token: '${TOKEN}'}"
ENVIRONMENT = {"TOKEN": "s3cret"}


@pytest.fixture
def read(tmp_path):
    def read(text, environment=None):
        path = tmp_path / "tocsin.yaml"
        path.write_text(text, "utf-8")
        found, _ = read_configuration(path, ENVIRONMENT if environment is None else environment)
        return found

    return read


def problems(read, text, environment=None):
    with pytest.raises(ConfigError) as caught:
        read(text, environment)
    return [(one.code, one.span.line, one.message) for one in caught.value.problems]


def test_accounts_are_built_with_their_secrets_and_defaults(read):
    text = f"accounts:\n- {MASTODON[:-1]}, brands: [acme], source: fedi, account_id: '9', is_automated: true}}\n- {ADS[:-1]}, tags: {{launch: ['1', '2']}}}}\n"
    assert build_accounts(read(text)) == (
        Account(
            "care",
            "mastodon",
            "fedi",
            "https://m.example",
            handle="@acme",
            account_id="9",
            brands=("acme",),
            is_automated=True,
            token="s3cret",
        ),
        Account(
            "ads",
            "meta_ads",
            "meta_ads",
            "https://graph.facebook.com/v26.0",
            settings={
                "ad_account": "act_1",
                "currency": "EUR",
                "tags": {"launch": ["1", "2"]},
            },
            token="s3cret",
        ),
    )


def test_no_accounts_are_none(read):
    assert build_accounts(read("")) == ()


def test_a_secret_is_shown_by_nothing(read):
    found = read(f"accounts: [{MASTODON}]")
    [account] = build_accounts(found)
    assert "s3cret" not in repr(found.settings) + repr(account)


def test_a_secret_in_the_file_is_refused_where_it_stands_and_not_repeated(read):
    text = f"accounts:\n- {ADS}\n- {MASTODON.replace('${TOKEN}', 'hunter2')}\n"
    [(code, line, message)] = problems(read, text)
    assert (code, line, message) == (
        "C107",
        3,
        "accounts.token is a secret and must not be written in the file",
    )


def test_a_secret_that_is_not_set_or_empty_is_told(read):
    assert ("C108", 1, "TOKEN is not set in the environment") in problems(
        read, f"accounts: [{ADS}]", {}
    )
    with pytest.raises(ConfigError, match="account 'ads': its token is empty"):
        build_accounts(read(f"accounts: [{ADS}]", {"TOKEN": " \n"}))


@pytest.mark.parametrize(
    ("accounts", "said"),
    [
        pytest.param(f"[{ADS}, {ADS}]", "two accounts have the name 'ads'", id="two of one name"),
        pytest.param(
            f"[{MASTODON.replace('https', 'http')}]",
            "must begin with https://",
            id="a token in the clear",
        ),
        pytest.param(
            f"[{MASTODON.replace('https://m.example/', 'https://u:p@m.example')}]",
            "must be an address such as",
            id="a password in the address",
        ),
        pytest.param(
            f"[{MASTODON.replace('https://m.example/', 'https://[::1')}]",
            "must be an address such as",
            id="half an address",
        ),
        pytest.param(
            "[{name: a, platform: mastodon, base_url: 'https://m.example', token: '${TOKEN}'}]",
            "needs 'handle'",
            id="no handle",
        ),
        pytest.param(
            f"[{ADS[:-1]}, handle: '@x'}}]", "handle: no effect on platform meta_ads", id="unused"
        ),
        pytest.param(
            f"[{ADS.replace('EUR', 'euro')}]", "currency", id="a currency that is no code"
        ),
        pytest.param(
            f"[{MASTODON.replace('@acme', 'acme')}]", "handle", id="a handle without its sign"
        ),
    ],
)
def test_accounts_that_cannot_be_used_are_told(read, accounts, said):
    [(code, line, message)] = problems(read, f"accounts: {accounts}")
    assert (code, line) == ("C106", 1)
    assert said in message


def test_loopback_needs_no_certificate(read):
    text = f"accounts: [{MASTODON.replace('https://m.example/', 'http://127.0.0.1:8123')}]"
    assert build_accounts(read(text))[0].base_url == "http://127.0.0.1:8123"


def test_an_account_without_a_name_or_of_an_unknown_platform_is_told(read):
    first, second = problems(read, "accounts: [{platform: myspace, token: '${TOKEN}'}]")
    assert first == ("C104", 1, "accounts.0.name is missing")
    assert second[0] == "C106"
