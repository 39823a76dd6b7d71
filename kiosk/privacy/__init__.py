"""Privacy decided on the machine: detection, masking, the vault, and what traces and logs may say."""

from kiosk.privacy.cipher import Cipher, WrongKeyError
from kiosk.privacy.contacts import contact_values
from kiosk.privacy.detector import detect, warm_up
from kiosk.privacy.masking import (
    Masked,
    Numbering,
    beside_placeholders,
    defused,
    mask,
    placeholders,
    type_of,
    unmask,
)
from kiosk.privacy.screening import Screen
from kiosk.privacy.spans import SPAN_TYPES, Detection, Level, Span
from kiosk.privacy.vault import Vault, VaultError
from kiosk.privacy.vault_rows import open_vault

__all__ = [
    "SPAN_TYPES",
    "Cipher",
    "Detection",
    "Level",
    "Masked",
    "Numbering",
    "Screen",
    "Span",
    "Vault",
    "VaultError",
    "WrongKeyError",
    "beside_placeholders",
    "contact_values",
    "defused",
    "detect",
    "mask",
    "open_vault",
    "placeholders",
    "type_of",
    "unmask",
    "warm_up",
]
