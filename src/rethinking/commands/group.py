"""Run a command that ends with this process."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# Exit codes after these signals, as in a shell.
INTERRUPTED = [128 + number for number in ENDING]


def run_as_group(command: Sequence[str]) -> int:
    """Run a command, and pass signals on to it and to its children.

    The command has its own process group, so that each of its processes receives a signal once,
    from a terminal as well as from a sender to this process alone. All signals to end are passed on
    as SIGINT, because Snakemake then ends its jobs; after SIGTERM, it would wait for them.

    Returns:
        The exit code of the command; one of INTERRUPTED if it failed after such a signal.
    """
    received: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            if process is not None:
                os.killpg(process.pid, number)

    def end(number: int, _frame: object) -> None:
        received.append(number)
        pass_on(signal.SIGINT)

    def pause(_number: int, _frame: object) -> None:
        pass_on(signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        pass_on(signal.SIGCONT)

    # Ignored signals, such as SIGHUP under nohup, stay ignored.
    before = {
        number: signal.signal(number, handler)
        for number, handler in {**dict.fromkeys(ENDING, end), signal.SIGTSTP: pause}.items()
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        process = subprocess.Popen(command, process_group=0)
        if received:  # before the group existed
            pass_on(signal.SIGINT)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 + received[0] if received and code else code
