"""One small module per language for what a template cannot say: particles, articles, plurals.

A module is named by its language code and gives `inflect(word, form)` and `polish(text)`; a language without one takes
words as they are.
"""
