"""A private Slurm on one machine: two nodes, accounting, and two GPUs that are not there.

    python tests/helpers/cluster.py start FOLDER     and then: source FOLDER/environment
    python tests/helpers/cluster.py status FOLDER
    python tests/helpers/cluster.py stop FOLDER

All of it listens on the loopback alone and lives in one folder. It needs Debian's packages
slurm-wlm, slurmdbd, munge and mariadb-server, and root. Nodes pretend to have more processors and
memory than the machine; partitions `gpu` and `urgent` are the node with GPUs, and jobs of `urgent`
preempt those of `gpu`.
"""

import argparse
import contextlib
import getpass
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

NODES = ("n1", "n2")
GPU_NODE = "n2"
PROGRAMS = ("slurmctld", "slurmd", "slurmdbd", "munged", "mariadbd", "mariadb-install-db")
# The account of profiles/slurm.
ACCOUNT = "default"
# Seconds that a job is given between SIGTERM and SIGKILL: when it is preempted, and when cancelled.
GRACE_S, KILL_WAIT_S = 20, 10
# Fake GPUs must be character devices, each another.
GRES_CONF = (
    f"NodeName={GPU_NODE} Name=gpu File=/dev/null\nNodeName={GPU_NODE} Name=gpu File=/dev/zero\n"
)
SLURM_CONF = """
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
# Without the second, a job waits for 120 s before it is requeued.
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,preempt_reorder_count=1
DefMemPerCPU=200
# A job that no node could ever hold is refused and does not wait for ever.
EnforcePartLimits=ALL
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=9
KillWait={kill_wait}
MinJobAge=3600
DebugFlags=NO_CONF_HASH
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={ports[1]}
AccountingStoragePass={folder}/munge/socket
GresTypes=gpu
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=4 RealMemory=64000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[3]} CPUs=4 RealMemory=64000 \
    Gres=gpu:2
PartitionName=DEFAULT MaxTime=INFINITE DefaultTime=5 State=UP
PartitionName=cpu Nodes=n1 Default=YES
PartitionName=gpu Nodes=n2 PriorityTier=1 PreemptMode=REQUEUE GraceTime={grace}
PartitionName=urgent Nodes=n2 PriorityTier=2 PreemptMode=OFF
"""
SLURMDBD_CONF = """
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={ports[1]}
SlurmUser={user}
PidFile={folder}/run/slurmdbd.pid
LogFile={folder}/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
"""


def missing() -> list[str]:
    """The programs and rights of a cluster that this machine lacks."""
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    return lacking + ([] if os.geteuid() == 0 else ["root"])


class Cluster:
    """A cluster in a folder.

    Args:
        folder: Where all of it lives; short, for there are sockets in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.environment = {
            **os.environ,
            # Snakemake's plugin drops SLURM_CONF in jobs, so that programs called there are found
            # first that set it again.
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "SLURM_CONF": f"{self.folder}/etc/slurm.conf",
            "MYSQL_UNIX_PORT": f"{self.folder}/database/socket",
        }
        self._database: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start all daemons, and wait until all nodes are idle."""
        for name in ("bin", "database", "etc", "log", "munge", "run", "spool", "state"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for node in NODES:
            (self.folder / "spool" / node).mkdir(exist_ok=True)
        self._configure()
        self._start_munge()
        self._start_accounting()
        self.start_controller()
        for node in NODES:
            self.start_node(node)
        self._wait(lambda: self._nodes("idle") == {*NODES})

    def stop(self) -> None:
        """End all jobs and daemons; what they wrote stays."""
        with contextlib.suppress(subprocess.SubprocessError):
            self.ask("scancel", "--signal=KILL", "--full", f"--user={getpass.getuser()}")
        for name in (*NODES, "slurmctld", "slurmdbd"):
            self._end(self._process(name))
        processes = [*self._processes("slurmstepd"), *self._processes("mariadbd")]
        for process in [*processes, *self._processes("munged")]:
            self._end(process)
        if self._database is not None:
            self._database.wait()

    def start_controller(self) -> None:
        """Start slurmctld."""
        self._run("slurmctld", "-i")
        self._wait(lambda: "UP" in self.ask("scontrol", "ping"))

    def stop_controller(self) -> None:
        """End slurmctld, which saves its state."""
        self._end(self._process("slurmctld"))

    def start_node(self, node: str) -> None:
        """Start a node's slurmd, which makes the node available again."""
        self._run("slurmd", "-N", node)

    def crash_node(self, node: str) -> None:
        """Kill a node's slurmd and all that runs on it, as a power cut would."""
        jobs = self.ask("squeue", "--noheader", f"--nodelist={node}", "--format=%A").split()
        # Daemons first, so that none lives to tell that its jobs have failed.
        daemons, work = [self._process(node)], []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("SLURM_JOB_ID") in jobs:
                    work.append(process)
                # A job's own daemon has a title in place of an environment.
                elif Path(process.cwd()).is_relative_to(self.folder):
                    title = " ".join(process.cmdline())
                    if any(title.startswith(f"slurmstepd: [{job}.") for job in jobs):
                        daemons.append(process)
        doomed = [process for process in [*daemons, *work] if process is not None]
        for process in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(doomed, timeout=10)
        shutil.rmtree(self.folder / "spool" / node, ignore_errors=True)
        (self.folder / "spool" / node).mkdir(exist_ok=True)

    def repair(self) -> None:
        """Start again what does not run, and wait until all nodes are idle."""
        if self._process("slurmctld") is None:
            self.start_controller()
        for node in NODES:
            if self._process(node) is None:
                self.start_node(node)
        self._wait(lambda: self._nodes("idle") == {*NODES})

    def is_down(self, node: str) -> bool:
        """Whether the controller has missed a node."""
        return node in self._nodes("down")

    def ask(self, *command: str) -> str:
        """What a command of Slurm's prints."""
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return done.stdout

    def jobs(self) -> list[dict[str, str]]:
        """The jobs that are not over: id, name, state, node, comment."""
        keys = ("id", "name", "state", "node", "comment")
        lines = self.ask("squeue", "--noheader", "--format=%A|%j|%T|%N|%k").splitlines()
        return [dict(zip(keys, line.split("|"), strict=True)) for line in lines]

    def accounts(self) -> list[dict[str, str]]:
        """All attempts at Slurm jobs that there ever were, also of jobs that were queued again."""
        keys = ("JobID", "State", "JobName", "Partition")
        options = ("--allocations", "--duplicates", "--noheader", "--parsable2")
        since = ("--starttime=now-1days", f"--format={','.join(keys)}")
        lines = self.ask("sacct", *options, *since).splitlines()
        return [dict(zip(keys, line.split("|"), strict=True)) for line in lines]

    def submit(self, partition: str, command: str, *options: str) -> str:
        """Submit a job; its number."""
        options = ("--parsable", f"--partition={partition}", "--output=/dev/null", *options)
        return self.ask("sbatch", *options, f"--wrap={command}").strip()

    def cancel_all(self) -> None:
        """Cancel all jobs, and wait until they are gone."""
        self.ask("scancel", f"--user={getpass.getuser()}")
        self._wait(lambda: self.jobs() == [])

    def state(self, number: str) -> str:
        """The state of a job, as Slurm calls it."""
        return self._shown(number, "JobState")

    def restarts(self, number: str) -> int:
        """How often Slurm has queued a job again."""
        return int(self._shown(number, "Restarts"))

    def _shown(self, number: str, key: str) -> str:
        shown = self.ask("scontrol", "show", "job", number)
        return re.search(f"{key}=(\\S+)", shown)[1]  # type: ignore[index]

    def _configure(self) -> None:
        etc = self.folder / "etc"
        values = {
            "folder": self.folder,
            "grace": GRACE_S,
            "host": socket.gethostname().partition(".")[0],
            "kill_wait": KILL_WAIT_S,
            "ports": self._ports(),
            "user": getpass.getuser(),
        }
        (etc / "slurm.conf").write_text(SLURM_CONF.format(**values))
        (etc / "gres.conf").write_text(GRES_CONF)
        (etc / "slurmdbd.conf").write_text(SLURMDBD_CONF.format(**values))
        (etc / "slurmdbd.conf").chmod(0o600)
        for name in ("srun", "scontrol"):
            wrapper = self.folder / "bin" / name
            command = f'SLURM_CONF={etc}/slurm.conf exec {shutil.which(name)} "$@"'
            wrapper.write_text(f"#!/bin/sh\n{command}\n")
            wrapper.chmod(0o755)
        names = ("PATH", "SLURM_CONF", "MYSQL_UNIX_PORT")
        lines = [f"export {name}='{self.environment[name]}'\n" for name in names]
        (self.folder / "environment").write_text("".join(lines))

    def _ports(self) -> list[int]:
        """Free ports: the same again for a cluster that was stopped."""
        file = self.folder / "etc/ports.json"
        if not file.exists():
            with contextlib.ExitStack() as stack:
                opened = [stack.enter_context(socket.socket()) for _ in range(2 + len(NODES))]
                for one in opened:
                    one.bind(("127.0.0.1", 0))
                file.write_text(json.dumps([one.getsockname()[1] for one in opened]))
        ports: list[int] = json.loads(file.read_text())
        return ports

    def _start_munge(self) -> None:
        munge = self.folder / "munge"
        munge.chmod(0o755)
        key = munge / "key"
        if not key.exists():
            key.touch(0o600)
            key.write_bytes(secrets.token_bytes(1024))
        self._run(
            *("munged", "--force", f"--key-file={key}", f"--socket={munge}/socket"),
            *(f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed"),
        )

    def _start_accounting(self) -> None:
        database = self.folder / "database"
        database.chmod(0o755)
        user = f"--user={getpass.getuser()}"
        if not (database / "data").exists():
            self._run(
                *("mariadb-install-db", "--no-defaults", user, f"--datadir={database}/data"),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            )
        with (self.folder / "log/mariadbd.log").open("w") as log:
            self._database = subprocess.Popen(
                [
                    *("mariadbd", "--no-defaults", user, f"--datadir={database}/data"),
                    *(f"--socket={database}/socket", f"--pid-file={database}/pid"),
                    *("--skip-networking", "--innodb-buffer-pool-size=64M"),
                    *("--innodb-flush-log-at-trx-commit=0", "--innodb-lock-wait-timeout=900"),
                ],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        mariadb = ("mariadb", "--no-defaults", f"--socket={database}/socket", "--user=root")
        self._wait(lambda: self.ask(*mariadb, "--execute=SELECT 1") != "")
        self.ask(*mariadb, "--execute=CREATE DATABASE IF NOT EXISTS slurm_acct_db")
        self._run("slurmdbd")
        self._wait(lambda: self.ask("sacctmgr", "--noheader", "list", "cluster") is not None)
        add = ("sacctmgr", "--immediate", "--quiet", "add")
        for what in (
            ("cluster", "private"),
            ("account", ACCOUNT, "Cluster=private"),
            ("user", getpass.getuser(), f"Account={ACCOUNT}"),
        ):
            # It fails where that is there already, in a cluster that was stopped.
            with contextlib.suppress(subprocess.CalledProcessError):
                self.ask(*add, *what)

    def _nodes(self, state: str) -> set[str]:
        """The nodes in a state."""
        # Of all nodes: for one alone, Slurm 22.05 may answer with an old state.
        lines = self.ask("sinfo", "--Node", "--noheader", f"--states={state}", "--format=%N")
        return set(lines.split())

    def _run(self, *command: str) -> None:
        """Run a command that ends, or a daemon that leaves for the background."""
        with (self.folder / "log/commands.log").open("a") as log:
            subprocess.run(command, env=self.environment, check=True, stdout=log, stderr=log)

    def _wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(subprocess.SubprocessError):
                if condition():
                    return
            if time.monotonic() > end:
                raise TimeoutError(f"the cluster did not start; see {self.folder}/log")
            time.sleep(0.1)

    def _process(self, name: str) -> psutil.Process | None:
        """A daemon by the name of its file; None if it does not run."""
        try:
            process = psutil.Process(int((self.folder / f"run/{name}.pid").read_text()))
            # Its number may be another's by now.
            return process if process.name().startswith("slurm") else None
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    def _processes(self, name: str) -> list[psutil.Process]:
        """Processes that belong to this cluster, by the start of their name."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                command = " ".join(process.cmdline())
                ours = str(self.folder) in command or (
                    Path(process.cwd()).is_relative_to(self.folder)
                )
                if process.name().startswith(name[:15]) and ours:
                    found.append(process)
        return found

    @staticmethod
    def _end(process: psutil.Process | None) -> None:
        if process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
            try:
                process.wait(10)
            except psutil.TimeoutExpired:
                process.kill()


def main(arguments: Sequence[str] | None = None) -> None:
    """Start, stop or describe a cluster."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args(arguments)
    cluster = Cluster(asked.folder)
    if asked.action == "start":
        if missing():
            sys.exit(f"error: this machine lacks {', '.join(missing())}")
        cluster.start()
        print(f"source {cluster.folder}/environment")
    elif asked.action == "stop":
        cluster.stop()
    else:
        print(cluster.ask("sinfo", "--Node", "--long"), cluster.ask("squeue", "--long"))


if __name__ == "__main__":
    main()
