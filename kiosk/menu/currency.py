"""How many minor digits a currency has (ISO 4217), for whoever shows an amount of money."""

from __future__ import annotations

_WITHOUT_MINOR = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_WITH_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def minor_digits(currency: str) -> int:
    """Return the number of decimal digits between the minor and the major unit."""
    if currency in _WITHOUT_MINOR:
        return 0
    return 3 if currency in _WITH_THREE else 2


def decimal_amount(amount: int, currency: str) -> str:
    """Return an amount of minor units in major units, with thousands separators: 4,000 or 12.50."""
    digits = minor_digits(currency)
    major, minor = divmod(abs(amount), 10**digits)
    fraction = f".{minor:0{digits}d}" if digits else ""
    return f"{'-' if amount < 0 else ''}{major:,}{fraction}"
