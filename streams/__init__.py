"""Streams: mentions come in, go through the stages, and leave as decisions and actions.

What every runner promises, whatever carries its log:

- A mention is stored once for its identity (source, external id), however often it arrives.
- A source's cursor is stored in the same transaction as what the source brought: after a crash,
  reading goes on where the last stored batch ended. Nothing is lost, nothing is stored twice.
- An input that is no mention becomes a dead letter with its place and reason, never a crash:
  inputs read = mentions stored + duplicates + dead letters.
- Decisions, planned actions and window state move together; decisions follow from the log alone, so
  the same recorded stream gives equal decisions under every runner.
- A stage that falls behind slows its source down; no queue grows without bound.
- Time is read by the runner alone, and handed to everything else.
"""
