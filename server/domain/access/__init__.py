"""Accounts: roles, passwords that are easily guessed, the browser one signed in with."""
