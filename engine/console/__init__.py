"""The console: one page for people, `/api/v1` for programs, signed intake, health and metrics.

Promises: nothing is read without the API token where one is set; intake without a secret is
refused; raw bytes are verified before they are parsed; a mention's text is data on every page; no
page loads anything from elsewhere. It shows and takes in, it never decides.
"""
