"""`kiosk purge`: what it erases is gone from every file, and it says so only if that is so."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.api.kiosk_command import KioskCommand

pytestmark = pytest.mark.api

PHONE = "010-2345-6789"
KEY = "a key for tests only"
