"""Run a command so that whatever asks this process to end, ends the command too."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# As a shell puts it.
INTERRUPTED = [128 + number for number in ENDING]


def run_as_group(command: Sequence[str]) -> int:
    """Run a command, and pass signals on to it and to all that it starts.

    They are a process group of their own, so that each of them gets a signal once, whether a
    terminal sends it to all of its foreground or somebody to this process alone. A request to end
    reaches them as Control-C, at which Snakemake ends its jobs; as SIGTERM, it would wait for them.

    Returns:
        The command's exit code; one of INTERRUPTED if it failed and this process was asked to end.
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

    # What is ignored, as SIGHUP under nohup, stays so.
    before = {
        number: signal.signal(number, handler)
        for number, handler in {**dict.fromkeys(ENDING, end), signal.SIGTSTP: pause}.items()
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        process = subprocess.Popen(command, process_group=0)
        if received:  # while there was no group yet
            pass_on(signal.SIGINT)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 + received[0] if received and code else code
