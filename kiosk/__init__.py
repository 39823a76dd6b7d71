"""The ordering domain and its interfaces."""
