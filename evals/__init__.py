"""Suites of conversations and the code that scores them."""
