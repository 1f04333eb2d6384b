"""How the shipped models were made: each module is one command that makes one backend again."""
