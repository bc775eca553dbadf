"""An emulated terminal, and commands run on it; ``STUB`` is one that goes through all that is shown."""

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios

import pyte

PATH = os.pathsep.join(filter(None, sys.path))
LABEL = "what a stub compares with what, in more words than there is room for"
STUB = f"""
import os, sys, time, warnings
from verify.checks import CHECKS, Check
from derivations.progress import counted
from verify.console import BadInput
from verify.statistics import Verdict
END = os.environ.get("END", "")
def check(seed, watch):
    advance = watch(6, "networks")
    for k in range(6):
        time.sleep(0.15)
        advance(1)
        if END == "nested":
            with counted("things inside", 10**6, least=1) as inside:
                inside()
        if END in ("error", "sleep") and k == 3:
            time.sleep(60) if END == "sleep" else None
            raise BadInput("no more of this")
        if k % 2:
            holds = (True, False, None)[k // 2]
            yield Verdict("stub", f"number {{k}}, " + "many words " * 8, holds, 1.0, None, 2.0)
        elif k == 4:
            print("short", file=sys.stderr)
        elif k:
            text = "a warning of some library, which is longer than many a terminal is wide"
            warnings.warn_explicit(text, UserWarning, "library.py", 1)
CHECKS.clear()
CHECKS["stub"] = Check("stub", {LABEL!r}, "")
Check.load = lambda self: check
from verify.__main__ import main
main()
"""
JOB = """
import os, signal, sys, time
def wait(job):
    status = os.waitpid(job, os.WUNTRACED)[1]
    if os.WIFSTOPPED(status):
        time.sleep(0.5)
        os.killpg(job, signal.SIGCONT)
        wait(job)
    os._exit(os.waitstatus_to_exitcode(status))
if job := os.fork():
    wait(job)
os.setpgid(0, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
os.tcsetpgrp(0, os.getpid())
"""
"""A shell's work: the rest runs as its job in the foreground, and goes on soon after it was stopped."""
REAL = "from verify.__main__ import main\nmain()"


class Terminal:
    """An emulated terminal of 24 rows that remembers what has scrolled off."""

    def __init__(self, columns):
        self.screen = pyte.HistoryScreen(columns, 24, history=10_000)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""

    def feed(self, data):
        self.received += data
        self._stream.feed(data)

    def lines(self):
        """All rows, those scrolled off first, without what is blank at their ends."""
        screen = self.screen
        past = ["".join(row[x].data for x in range(screen.columns)) for row in screen.history.top]
        return "\n".join(row.rstrip() for row in [*past, *screen.display]).rstrip("\n").splitlines()

    def colours(self, word):
        """The colours that a word is shown in, anywhere on the screen."""
        rows = enumerate(self.screen.display)
        return {self.screen.buffer[y][row.index(word)].fg for y, row in rows if word in row}


def shown(text, columns):
    """The rows that a terminal shows of plain text."""
    terminal = Terminal(columns)
    terminal.feed(text.replace("\n", "\r\n").encode())
    return terminal.lines()


def run(*arguments, code=STUB, columns=80, streams=("stdout", "stderr"), meanwhile=None, **variables):
    """Run the command on a terminal: its status, the terminal, and what went into pipes instead.

    ``streams`` are those that the terminal shows; ``meanwhile`` is called with the process, the terminal and
    its file, once when the line of progress is first seen.
    """
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    taken = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CI")
    environment = {key: value for key, value in os.environ.items() if key not in taken}
    environment |= {"PYTHONPATH": PATH, "TERM": "xterm-256color"}

    def own_session():
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)  # whatever whoever runs the tests ignores

    process = subprocess.Popen(
        [sys.executable, "-W", "default", "-c", code, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs if "stdout" in streams else subprocess.PIPE,
        stderr=theirs if "stderr" in streams else subprocess.PIPE,
        env=environment | variables,
        preexec_fn=own_session,
    )
    os.close(theirs)
    terminal, piped = Terminal(columns), b""
    files = [ours] + [stream.fileno() for stream in (process.stdout, process.stderr) if stream]
    while files:
        for file in select.select(files, [], [])[0]:
            try:
                data = os.read(file, 2**16)
            except OSError:  # the other end is closed
                data = b""
            if not data:
                files.remove(file)
            elif file == ours:
                terminal.feed(data)
            else:
                piped += data
        if meanwhile and (b"4/6 " if "END" in variables else b"/6 ") in terminal.received:
            meanwhile(process, terminal, ours)
            meanwhile = None
    for file in (process.stdout, process.stderr):
        if file:
            file.close()
    os.close(ours)
    return process.wait(60), terminal, piped.decode()
