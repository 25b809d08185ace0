"""`make fuzz`: each fuzzer for a while, over its seeds and what it found in earlier runs.

    fuzz.py FOLDER SECONDS NAME...

FOLDER holds the programs fuzz_NAME. What is found goes to FOLDER/corpus/NAME (inputs that reach
something new; they stay and grow) and FOLDER/crashes (inputs that break a promise, each named after
its fuzzer). One line for each fuzzer; the last line is `N passed, N failed`.
"""

import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
INPUT_TIMEOUT_S = 10  # for one input: what takes longer hangs
LINES_SHOWN = 20
OPTIONS = {
    "ASAN_OPTIONS": "abort_on_error=1:detect_leaks=1:quarantine_size_mb=16:malloc_context_size=8",
    "UBSAN_OPTIONS": "print_stacktrace=1:abort_on_error=1",
}


def command_of(folder, name, seconds):
    corpus, crashes = folder / "corpus" / name, folder / "crashes"
    corpus.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(exist_ok=True)
    command = [
        folder / f"fuzz_{name}",
        f"-max_total_time={seconds}",
        f"-timeout={INPUT_TIMEOUT_S}",
        "-rss_limit_mb=1024",
        "-print_final_stats=1",
        f"-artifact_prefix={crashes}/{name}-",
    ]
    words = HERE / "seeds" / f"{name}.dict"
    if words.exists():
        command.append(f"-dict={words}")
    return command + [corpus, HERE / "seeds" / name]


def coverage(log):
    """What the seeds reached, and what was reached in the end."""
    reached = [int(n) for n in re.findall(r"^#\d+\s+\w+\s+cov: (\d+)", log, re.MULTILINE)]
    return (reached[0], reached[-1]) if reached else (0, 0)


def runs_of(log):
    runs = re.findall(r"^(?:stat::number_of_executed_units:\s+|#)(\d+)", log, re.MULTILINE)
    return int(runs[-1]) if runs else 0


def story_of(log):
    """What broke and where, without the fuzzer's own frames and the input in hex."""
    lines = log.splitlines()
    told = re.compile("does not hold|runtime error|ERROR: ")
    first = next((i for i, line in enumerate(lines) if told.search(line)), len(lines))
    noise = re.compile(r"fuzzer::|_start|__libc_|^0x|^stat::|^Base64|^MS: | in main ")
    return [line for line in lines[first:] if not noise.search(line)][:LINES_SHOWN]


def fuzz(folder, name, seconds):
    """True when nothing was found."""
    run = subprocess.run(
        command_of(folder, name, seconds),
        env={**os.environ, **OPTIONS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    before, after = coverage(run.stdout)
    line = f"{name:<10}{runs_of(run.stdout):>12} runs, coverage {after} (+{after - before}): "
    if run.returncode == 0:
        print(line + "ok", flush=True)
        return True
    written = re.findall(r"Test unit written to (\S+)", run.stdout)
    print(line + f"FAILED with {written[-1] if written else 'no input written'}")
    print("\n".join("    " + shown for shown in story_of(run.stdout)), flush=True)
    return False


def main():
    folder, seconds = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    results = [fuzz(folder, name, seconds) for name in sys.argv[3:]]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
