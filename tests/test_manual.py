"""The manual page, the README, the sample configuration and the help say what the program's tables
say: of keys (tui/dash/keymap.c), commands and options (tui/commands.c), configuration
(core/config_options.c). `make man` brings the files up to date."""
import os
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, ROOT

IPSYNC = BUILD / "ipsync"
PAGE = ROOT / "assets" / "ipsync.1"
README = ROOT / "README.md"
CHECKERS = [["groff", "-man", "-Tutf8", "-ww"], ["groff", "-man", "-Tascii", "-ww"],
            ["mandoc", "-Tlint", "-Wwarning"]]

pytestmark = pytest.mark.skipif(not IPSYNC.exists(), reason="build/ipsync is not built")


def told(*args, code=0):
    keep = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "GCOV_PREFIX")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    done = subprocess.run([IPSYNC, "help", *args], env={**env, "LC_ALL": "C.UTF-8"},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == code, done.stderr.decode()
    return (done.stderr if code else done.stdout).decode()


@pytest.fixture(scope="module")
def manual():
    return told("manual")


# ---- what the tables hold, read from their source -------------------------------------------------

def table(file, name):
    """The text of a table in C."""
    text = (ROOT / file).read_text()
    return text[text.index(f" {name}[] = {{"):].split("\n};")[0]


ACTIONS = re.findall(r'^    \{"([a-z-]+)", \{', table("tui/dash/keymap.c", "keymap"), re.M)
COMMANDS = re.findall(r'^    \{"([a-z]+)",', table("tui/commands.c", "cli_commands"), re.M)
OPTIONS = re.findall(r'^    \{"(--[a-z-]+)",', table("tui/commands.c", "cli_options"), re.M)
KEYS = re.findall(r"\{KEY\((\w+), (\w+)\)", table("core/config_options.c", "config_options"))
HIDDEN = ["--continue"]


def roff(words):
    return "\\fB" + words.replace("-", "\\-") + "\\fR"


def test_the_tables_are_found():
    assert len(ACTIONS) > 30 and len(COMMANDS) > 8 and len(OPTIONS) > 15 and len(KEYS) > 30


# ---- files that are kept equal --------------------------------------------------------------------

def test_the_manual_page_is_up_to_date(manual):
    assert PAGE.read_text() == manual, "run `make man`"


def test_the_sample_is_up_to_date():
    assert (ROOT / "ipsync.conf.sample").read_text() == told("sample"), "run `make man`"


def test_the_readme_is_up_to_date():
    readme = README.read_text()
    parts = re.findall(r"<!-- (\w+): begin -->\n.*?<!-- \1: end -->\n", told("readme"), re.S)
    assert parts == ["commands", "keys"]
    for name in parts:
        part = rf"<!-- {name}: begin -->\n.*?<!-- {name}: end -->\n"
        assert re.findall(part, readme, re.S) == re.findall(part, told("readme"), re.S), \
            f"{name}: run `make man`"


# ---- the page -------------------------------------------------------------------------------------

@pytest.mark.parametrize("checker", CHECKERS, ids=" ".join)
def test_the_page_is_sound(manual, checker):
    if not shutil.which(checker[0]):
        pytest.skip(f"no {checker[0]} here")
    done = subprocess.run(checker, input=manual.encode(), capture_output=True, timeout=60)
    complaints = done.stderr.decode()
    if checker[0] == "mandoc":
        complaints += done.stdout.decode()
    assert done.returncode == 0 and complaints == ""


def test_the_page_is_plain_text(manual):
    assert manual.isascii() and not re.search(r"[^\n -~]", manual)
    assert not re.search(r"[ ]$", manual, re.M)


def test_the_page_has_its_sections(manual):
    assert re.findall(r"^\.SH (.*)$", manual, re.M) == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "THE DASHBOARD", "KEYS",
        "EXIT STATUS", "CONFIGURATION", "ENVIRONMENT", "FILES", "SECURITY", "EXAMPLES", "SEE ALSO"]
    assert re.search(r"^ipsync \\- [a-z]", manual, re.M)  # what apropos(1) reads


def section(manual, title):
    return re.search(rf"^\.SH {title}\n(.*?)(?=^\.SH |\Z)", manual, re.M | re.S)[1]


def test_every_action_has_its_place(manual):
    keys = section(manual, "KEYS")
    for name in ACTIONS:
        assert len(re.findall(rf"^\({re.escape(roff(name))}[;)]", keys, re.M)) == 1, name
        assert re.search(rf"  \S+.* {name} ", told("keys")), name
    assert keys.count(".TP\n") == len(ACTIONS)


def test_every_command_has_its_place(manual):
    for name in COMMANDS:
        usage = roff(f"ipsync {name}")
        assert usage in section(manual, "SYNOPSIS") and usage in section(manual, "COMMANDS"), name
        assert f"`ipsync {name} " in README.read_text(), name


def test_every_option_has_its_place(manual):
    where = section(manual, "COMMANDS") + section(manual, "OPTIONS")
    for name in OPTIONS:
        tag = rf"^\.TP\n(?:\\fB\\-\w\\fR, )?{re.escape(roff(name))}(?: .*)?$"
        assert bool(re.search(tag, where, re.M)) == (name not in HIDDEN), name


def test_every_configuration_key_has_its_place(manual):
    where = section(manual, "CONFIGURATION")
    assert re.findall(r"^\.SS \[(\w+)\]$", where, re.M) == list(dict.fromkeys(s for s, _ in KEYS))
    tags = re.findall(r"^\.TP\n\\fB(\w+)\\fR(?: = .*)?$", where, re.M)
    assert tags == [key for _, key in KEYS]
    for variable in re.findall(r"; (IPSYNC_\w+|IRELANDPAY_\w+)\)|^# \((I\w+)\)$", told("sample"), re.M):
        assert f"\\fB{''.join(variable)}\\fR" in where, variable


def test_no_command_is_told_that_is_not_there(manual):
    for name in re.findall(r"\\fBipsync ([a-z]+)", manual):
        assert name in COMMANDS, name
    for name in re.findall(r"(?:`|^    )ipsync ([a-z]+)", README.read_text(), re.M):
        assert name in COMMANDS, name


# ---- help -----------------------------------------------------------------------------------------

def test_help_begins_with_the_dashboard():
    assert told().splitlines()[0].startswith("`ipsync` alone opens the dashboard")
    for topic in ("keys", "sample", "manual"):
        assert re.search(rf"^  {topic} ", told(), re.M)


@pytest.mark.parametrize("topic", [[], ["keys"], *([name] for name in COMMANDS)], ids=" ".join)
def test_help_fits_a_terminal(topic):
    assert max(map(len, told(*topic).splitlines())) <= 80


def test_help_lists_every_key_under_its_panes():
    text = told("keys")
    for heading in ("Every pane", "History, Error log and Schedule", "Analytics", "Schedule"):
        assert f"\n\n{heading}\n  " in text
    assert re.search(r"^  shift-tab, h, left  +previous-pane  ?the previous pane$", text, re.M)


def test_help_of_what_is_not_there():
    assert "'kyes'" in told("kyes", code=2)
