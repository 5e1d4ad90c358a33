"""Runs commands one at a time and prints what the operating system says of each.

Reads one JSON object a line: {"argv": [...], "env": {...}, "cwd": "...", "stdin": "..."}; answers with one:
{"code": 0, "startedAt": 1.0, "wallMs": 1.0, "cpuMs": 1.0, "peakMiB": 1.0, "stdout": "...", "stderr": "..."}.
`startedAt` is epoch milliseconds just before the start. CPU and memory are of the process and what it waited for.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

for line in sys.stdin:
    job = json.loads(line)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as inp:
        inp.write(job.get("stdin", "").encode())
        inp.seek(0)
        started_at = time.time() * 1000
        started = time.perf_counter()
        child = subprocess.Popen(job["argv"], env=job.get("env"), cwd=job.get("cwd"), stdin=inp, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        wall = (time.perf_counter() - started) * 1000
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        print(json.dumps({
            "code": child.returncode,
            "startedAt": started_at,
            "wallMs": wall,
            "cpuMs": (usage.ru_utime + usage.ru_stime) * 1000,
            "peakMiB": usage.ru_maxrss / 1024,
            "stdout": out.read(65536).decode("utf-8", "replace"),
            "stderr": err.read(65536).decode("utf-8", "replace"),
        }), flush=True)
