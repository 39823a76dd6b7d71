"""`kiosk ask`: one turn."""

from __future__ import annotations

from kiosk.cli.conversation import Conversation, new_thread_id
from kiosk.cli.errors import ExitCode
from kiosk.cli.machine import log_to_stderr, open_machine
from kiosk.cli.output import for_people, for_programs
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.texts import Texts


def run(*, texts: Texts, lang: str | None, text: str, thread: str | None, as_json: bool) -> int:
    """Say one thing on a thread and show what came of it."""
    settings = load_settings(texts, lang)
    output = for_programs(texts) if as_json else for_people(read_menu(settings), texts, spoken=False)
    log_to_stderr()
    with open_machine(settings) as machine:
        conversation = Conversation(machine, thread or new_thread_id())
        view = conversation.say(text)
    output.view(conversation.thread_id, view)
    return ExitCode.BELOW if view.failed else ExitCode.OK
