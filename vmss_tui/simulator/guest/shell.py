"""Carries out a script on a simulated machine as far as the output of common commands goes.

Nothing runs: statements are split at line ends, `;`, `&&` and `||`, and each command prints what it
would print on a machine with this one's story. A pipe into `tail` or `head` cuts the output, any
other pipe is ignored; so are redirections. Loops and conditions are read as if all of their
commands ran once.
"""

import re
import shlex
from dataclasses import dataclass, field
from itertools import dropwhile

from vmss_tui.simulator.guest.commands import COMMANDS, SILENT, Machine, Result

SCRIPT = "/var/lib/waagent/run-command/download/0/script.sh"
"""`$0` of every script (recorded)."""
_KEYWORDS = frozenset(
    {
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "for",
        "while",
        "do",
        "done",
        "{",
        "}",
        "(",
        ")",
        "!",
        "sudo",
    }
)
_PARTS = re.compile(r"'[^']*'|\"[^\"]*\"|&&|\|\||.")
_REDIRECTION = re.compile(r"\d?>>?\s?(?:&\d|/\S+)|&>\s?\S+|2>&1")
_POWERSHELL_STATUS = re.compile(r"\$\(if \(\$\?\).*\)")
_MOST_STATEMENTS = 2000


@dataclass(slots=True)
class ScriptRun:
    """The script while it is carried out."""

    machine: Machine
    values: list[str]
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    status: int = 0
    seconds: float = 0.0
    at_exit: str = ""
    """The statement of a trap."""
    is_over: bool = False

    def expand(self, text: str) -> str:
        """The text with `$?`, `$0`, `$1` …, `$#` replaced; other variables are empty."""

        def value(match: re.Match[str]) -> str:
            name = match[1].strip("{}")
            if name == "?":
                return str(self.status)
            if name == "#":
                return str(len(self.values))
            if name == "0":
                return SCRIPT
            position = int(name) if name.isdecimal() and len(name) < 4 else 0
            return self.values[position - 1] if 0 < position <= len(self.values) else ""

        return re.sub(r"\$(\{\w{1,40}\}|\w{1,40}|[?#])", value, text)

    def run_line(self, line: str, number: int) -> None:
        """Carries out one line of the script."""
        stripped = line.strip()
        if stripped.startswith("#"):
            return
        for statement in _statements(stripped):
            if self.is_over:
                return
            self._run_statement(statement.strip(), number)

    def _run_statement(self, statement: str, number: int) -> None:
        statement = _REDIRECTION.sub("", statement).rstrip("&").strip()
        command, *pipes = (part.strip() for part in re.split(r"\|(?!\|)", statement))
        if not command:
            return
        if command.startswith("trap "):
            trap = _words(command)
            self.at_exit = trap[1] if len(trap) > 2 and trap[-1] == "EXIT" else ""
            self.status = 0
            return
        words = list(dropwhile(_KEYWORDS.__contains__, _words(command)))
        if not words or re.fullmatch(r"[A-Za-z_]\w{0,40}=.*", words[0]):
            return
        name = words[0].rpartition("/")[2].lstrip("(").rstrip(")")
        arguments = [self.expand(word) for word in words[1:]]
        if name == "exit":
            code = arguments[0].rstrip(")") if arguments else ""
            self.status = int(code) % 256 if code.isdecimal() and len(code) < 9 else self.status
            self.is_over = not words[0].startswith("(")
            return
        result = self._result(name, arguments, number)
        self.status = result.status
        self.seconds += result.seconds
        self.stdout.append(_piped(result.stdout, pipes))
        self.stderr.append(result.stderr)

    def _result(self, name: str, arguments: list[str], number: int) -> Result:
        if name in COMMANDS:
            return COMMANDS[name](self.machine, arguments)
        if name in SILENT:
            return Result()
        return Result(stderr=f"{SCRIPT}: line {number}: {name}: command not found\n", status=127)


def run_script(machine: Machine, script: list[str], values: list[str]) -> Result:
    """The output, the exit status and the duration in simulated seconds of a script.

    `values` are its positional parameters.
    """
    run = ScriptRun(machine, values)
    if machine.is_windows:
        return _run_powershell(run, script)
    for number, line in enumerate(script[:_MOST_STATEMENTS], 1):
        if run.is_over:
            break
        run.run_line(line, number)
    status, run.is_over = run.status, False
    if run.at_exit:
        run.run_line(run.at_exit, len(script))
    return Result("".join(run.stdout), "".join(run.stderr), status, run.seconds)


def _run_powershell(run: ScriptRun, script: list[str]) -> Result:
    """PowerShell: a text is printed, and so is what `Write-Host` and `Write-Output` are given."""
    for line in script[:_MOST_STATEMENTS]:
        text = _POWERSHELL_STATUS.sub(str(run.status), line.strip())
        name, _, rest = text.partition(" ")
        lower = name.lower()
        if lower == "exit":
            run.status = int(rest) if rest.strip().isdecimal() and len(rest) < 9 else 0
            break
        if text.startswith(('"', "'")):
            run.stdout.append(f"{text.strip(text[0])}\n")
        elif lower in ("write-host", "write-output", "echo"):
            run.stdout.append(f"{run.expand(rest).strip(chr(34))}\n")
        elif lower in COMMANDS:
            result = COMMANDS[lower](run.machine, rest.split())
            run.stdout.append(result.stdout)
            run.status = result.status
    return Result("".join(run.stdout), "".join(run.stderr), run.status, run.seconds)


def _statements(line: str) -> list[str]:
    """The statements of a line: separated by `;`, `&&` and `||` outside of quotes."""
    statements = [""]
    for part in _PARTS.findall(line):
        if part in (";", "&&", "||"):
            statements.append("")
        else:
            statements[-1] += part
    return statements


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _piped(text: str, pipes: list[str]) -> str:
    """The output after the pipes into `tail` and `head`."""
    for pipe in pipes:
        words = pipe.split()
        count = next(
            (word.lstrip("-n") for word in words[1:] if word.lstrip("-n").isdecimal()), "10"
        )
        lines = text.splitlines(keepends=True)
        if words and words[0] == "tail":
            text = "".join(lines[-int(count[:6]) :])
        elif words and words[0] == "head":
            text = "".join(lines[: int(count[:6])])
    return text
