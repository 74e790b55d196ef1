#!/usr/bin/env python3
"""The recipes of samples/batch, run for real: GNU parallel and a Slurm cluster of one host, with kills.

    batch_test.py BIN BATCH parallel|slurm

BIN holds wardmark and wardmark-samples, BATCH is samples/batch. What eight shards make, with tasks killed at random and
queued again, is byte for byte what one run makes, and the joined manifest too. Skipped (77) where the engine's
programs are not installed or will not start.
"""
import filecmp
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SHARDS = 8
KILLS = 6
SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}", file=sys.stderr)
    sys.exit(SKIPPED)


def same_tree(a, b):
    comparison = filecmp.dircmp(a, b)
    if comparison.left_only or comparison.right_only or comparison.funny_files:
        return False
    _, different, errors = filecmp.cmpfiles(a, b, comparison.common_files, shallow=False)
    return not different and not errors and all(
        same_tree(os.path.join(a, name), os.path.join(b, name)) for name in comparison.common_dirs)


def shard_processes(output):
    """Process ids of `wardmark protect ... -o output`."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"wardmark") and b"protect" in words and output.encode() in words:
            found.append(int(entry))
    return found


class Killer:
    """Kills shards at random moments while something else waits for them."""

    def __init__(self, output, seed):
        self.output, self.random, self.done = output, random.Random(seed), 0
        self.next = time.monotonic() + 0.2

    def look(self):
        if self.done >= KILLS or time.monotonic() < self.next:
            return
        running = shard_processes(self.output)
        if not running:
            return
        try:
            os.kill(self.random.choice(running), signal.SIGKILL)
            self.done += 1
        except ProcessLookupError:
            pass
        self.next = time.monotonic() + self.random.uniform(0.05, 0.5)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Cluster:
    """Slurm on this host alone, below one folder."""

    def __init__(self, work):
        for program in ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol"):
            if shutil.which(program) is None:
                skip(f"{program} is not installed (slurm-wlm, munge)")
        if os.geteuid() != 0:
            skip("Slurm's daemons need root")
        self.work, self.running = work, []
        host = socket.gethostname().split(".")[0]
        control, node = free_port(), free_port()
        configuration = os.path.join(work, "slurm.conf")
        for name in ("state", "spool", "munge"):
            os.makedirs(os.path.join(work, name), mode=0o755)
        # A requeued task waits until the credential of its last try has expired: two minutes unless told otherwise.
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(f"""ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={work}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={work}/state
SlurmdSpoolDir={work}/spool
SlurmctldPidFile={work}/slurmctld.pid
SlurmdPidFile={work}/slurmd.pid
SlurmctldLogFile={work}/slurmctld.log
SlurmdLogFile={work}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
JobRequeue=1
SchedulerParameters=sched_interval=1,requeue_delay=0
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")
        self.environment = {**os.environ, "SLURM_CONF": configuration}
        self.start_munge()
        self.start("slurmctld", "-D", "-c", "-f", configuration)
        self.start("slurmd", "-D", "-f", configuration)
        for _ in range(100):
            state = subprocess.run(["sinfo", "-h", "-o", "%T"], env=self.environment, capture_output=True, text=True,
                                   check=False).stdout.strip()
            if state in ("idle", "mixed", "allocated"):
                return
            time.sleep(0.2)
        self.stop()
        skip(f"Slurm does not start here (node state: {state or 'none'})")

    def start_munge(self):
        """munged insists on folders that nobody else may write to, up to the root."""
        key = os.path.join(self.work, "munge", "key")
        with open(key, "wb") as file:
            file.write(os.urandom(128))
        os.chmod(key, 0o400)
        self.start("munged", "--foreground", "--force", "--key-file", key, "--socket", f"{self.work}/munge/socket",
                   "--pid-file", f"{self.work}/munge/pid", "--log-file", f"{self.work}/munge/log", "--seed-file",
                   f"{self.work}/munge/seed")
        for _ in range(50):
            if os.path.exists(f"{self.work}/munge/socket"):
                return
            time.sleep(0.1)
        self.stop()
        skip("munged does not start here")

    def start(self, *words):
        log = open(os.path.join(self.work, words[0] + ".out"), "w", encoding="utf-8")
        self.running.append(subprocess.Popen(words, stdout=log, stderr=log, env=getattr(self, "environment", None)))

    def stop(self):
        for process in reversed(self.running):
            process.terminate()
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


class Case:
    """A data set, its plan, and what one run makes of it."""

    def __init__(self, work, batch):
        self.work, self.batch = work, batch
        self.run("wardmark-samples", "--out", "scans", "--per-class", "10", "--size", "448")
        self.run("wardmark", "keygen", "-o", "owner.key", "-q")
        self.run("wardmark", "plan", "scans", "-k", "owner.key", "-m", "cuda", "--output-format", "png", "-o",
                 "plan.json", "-q")
        self.run("wardmark", "protect", "scans", "-o", "whole", "-k", "owner.key", "--plan", "plan.json", "-q")

    def run(self, *words, **more):
        return subprocess.run(words, cwd=self.work, check=True, stdout=subprocess.PIPE, **more)

    def settings(self, output):
        return {**os.environ, "IN": "scans", "OUT": output, "KEY": "owner.key", "PLAN": "plan.json",
                "SHARDS": str(SHARDS)}

    def check(self, output, kills):
        whole = os.path.join(self.work, "whole")
        made = os.path.join(self.work, output)
        assert same_tree(whole, made), f"{output} is not what one run makes"
        assert filecmp.cmp(f"{whole}.wardmark/manifest.jsonl", f"{made}.wardmark/manifest.jsonl", shallow=False), \
            "the joined manifest is not that of one run"
        self.run("wardmark", "verify", "release", output, "-k", "owner.key", "-q")
        print(f"{output}: {SHARDS} shards, {kills} kills, the bytes of one run")


def with_parallel(case):
    if shutil.which("parallel") is None:
        skip("GNU parallel is not installed")
    killer = Killer("out-parallel", 1)
    # Two tries more may not be enough for six kills at random.
    child = subprocess.Popen([os.path.join(case.batch, "parallel.sh"), "--retries", str(KILLS + 1), "-j", "2"],
                             cwd=case.work, env=case.settings("out-parallel"), stdout=subprocess.DEVNULL)
    while child.poll() is None:
        killer.look()
        time.sleep(0.02)
    assert child.returncode == 0, f"parallel.sh: {child.returncode}"
    assert killer.done > 0, "nothing was killed"
    case.check("out-parallel", killer.done)


def with_slurm(case):
    cluster = Cluster(case.work)
    try:
        environment = {**cluster.environment, **case.settings("out-slurm"), "SLURM_CONF":
                       cluster.environment["SLURM_CONF"]}
        submitted = case.run("sbatch", "--parsable", f"--array=1-{SHARDS}", "--output=task-%a.log",
                             os.path.join(case.batch, "slurm.sh"), env=environment)
        job = submitted.stdout.decode().strip()
        killer, deadline = Killer("out-slurm", 2), time.monotonic() + 600
        while True:
            queue = subprocess.run(["squeue", "-h", "-j", job], env=environment, capture_output=True, text=True,
                                   check=False)
            if queue.returncode != 0 or not queue.stdout.strip():
                break
            assert time.monotonic() < deadline, queue.stdout
            for _ in range(10):
                killer.look()
                time.sleep(0.05)
        assert killer.done > 0, "nothing was killed"

        # A shard whose manifest is gone is named; running that task alone does not change the others.
        lost = os.path.join(case.work, f"out-slurm.wardmark/manifest.3-of-{SHARDS}.jsonl")
        os.remove(lost)
        missing = subprocess.run(["wardmark", "manifest", "merge", "out-slurm.wardmark", "-k", "owner.key"],
                                 cwd=case.work, capture_output=True, text=True, check=False)
        assert missing.returncode != 0 and f"shard 3 of {SHARDS}" in missing.stderr, missing.stderr
        case.run("sbatch", "--wait", "--array=3", "--output=again.log", os.path.join(case.batch, "slurm.sh"),
                 env=environment)
        case.run("wardmark", "manifest", "merge", "out-slurm.wardmark", "-k", "owner.key", "-q")
    finally:
        cluster.stop()
    case.check("out-slurm", killer.done)


def main():
    bin_folder, batch, engine = sys.argv[1:]
    os.environ["PATH"] = os.path.abspath(bin_folder) + os.pathsep + os.environ["PATH"] + ":/usr/sbin:/sbin"
    work = tempfile.mkdtemp(prefix="wardmark-batch-", dir="/run" if os.access("/run", os.W_OK) else None)
    try:
        case = Case(work, os.path.abspath(batch))
        {"parallel": with_parallel, "slurm": with_slurm}[engine](case)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
