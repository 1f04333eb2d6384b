"""The codes of faults in settings files; `engine.problem_codes` joins them to the one table."""

from __future__ import annotations

from engine.code_info import CodeInfo

SETTINGS_CODES: dict[str, CodeInfo] = {
    "C100": CodeInfo(
        "the settings file is not UTF-8",
        "Nothing of it can be read, so the engine does not start.",
        "http: {host: caf\udce9}\n",
    ),
    "C101": CodeInfo(
        "the settings file is not valid YAML, or holds more than one document",
        "Nothing of it can be trusted, so the engine does not start.",
        "http: {port: 8080\n",
    ),
    "C102": CodeInfo(
        "a key is repeated",
        "One of the two would silently win, so the engine does not start.",
        "http: {port: 8080}\nhttp: {port: 9090}\n",
    ),
    "C103": CodeInfo(
        "an unknown setting",
        "A misspelt setting has no effect, so the engine does not start on one.",
        "http: {prot: 8080}\n",
    ),
    "C104": CodeInfo(
        "a setting is missing, or the file is no mapping",
        "A source without a name, for one, has nowhere to keep how far it was read.",
        "sources:\n  - kind: intake\n",
    ),
    "C105": CodeInfo(
        "an environment variable that is no setting",
        "It begins as ours do and has no effect: most likely a slip of the pen.",
        "",
    ),
    "C106": CodeInfo(
        "a value of the wrong kind or out of range",
        "The engine does not start rather than guess what was meant.",
        "http: {port: 99999}\n",
    ),
    "C107": CodeInfo(
        "a secret is written in the file",
        "Settings are copied and kept in version control: whoever sees the file has the secret.",
        "http: {api_token: hunter2}\n",
    ),
    "C108": CodeInfo(
        "a secret cannot be found",
        "The variable or file it names is not there: what it opens would stay shut, or open.",
        "http: {api_token: '${NOT_SET_ANYWHERE}'}\n",
    ),
}
