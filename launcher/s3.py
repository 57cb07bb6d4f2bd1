"""An S3 server for tests that checks signatures: OpenStack Swift, from its wheels."""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from string import Template

from launcher import stopping
from launcher.errors import LauncherError
from launcher.ports import free_port
from launcher.process import Process, Program, stop_all
from launcher.server import ENV

START_SECS = 60
RINGS = ("object", "container", "account")
STORAGE_CONF = Template("""\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
user = $user
swift_dir = $root
devices = $root/devices
mount_check = false
workers = 0
disable_fallocate = true
[pipeline:main]
pipeline = $name-server
[app:$name-server]
use = egg:swift#$name
""")
PROXY_CONF = Template("""\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
user = $user
swift_dir = $root
workers = 0
[pipeline:main]
pipeline = healthcheck s3api tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
force_swift_request_proxy_log = false
""")


class ObjectStore:
    """A one-device Swift with the S3 interface: four processes on loopback."""

    access_key, secret_key = "test:tester", "testing"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self._processes: list[Process] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers; what it stored before is there again.

        Raises:
            LauncherError: it did not start.
        """
        if not (self.root / "proxy-server.conf").exists():
            self._configure()
        self._processes = [Process(self._program(name)) for name in (*RINGS, "proxy")]
        processes = self._processes
        stopping.wait_until(
            lambda: self.answers() or any(p.status() is not None for p in processes),
            secs=START_SECS,
        )
        if not self.answers():
            words = [each.last_line() for each in self._processes]
            self.stop()
            raise LauncherError(f"Swift did not start: {words}")

    def answers(self) -> bool:
        """Whether the proxy serves requests now."""
        try:
            urllib.request.urlopen(f"{self.url}/healthcheck", timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        stop_all(self._processes, patient=False)

    def _program(self, name: str) -> Program:
        binary = Path(sys.executable).with_name(f"swift-{name}-server")
        return Program(
            name=f"swift-{name}",
            argv=(sys.executable, str(binary), str(self._conf(name)), "--verbose"),
            env=ENV,
            cwd=self.root,
            log=self.root / f"{name}.log",
        )

    def _conf(self, name: str) -> Path:
        return self.root / f"{name}-server.conf"

    def _configure(self) -> None:
        (self.root / "devices" / "d1").mkdir(parents=True)
        (self.root / "swift.conf").write_text(
            "[swift-hash]\nswift_hash_path_suffix = suffix\n"
            "[storage-policy:0]\nname = gold\ndefault = yes\n"
        )
        user = subprocess.check_output(["id", "-un"], text=True).strip()
        ports = {name: free_port() for name in RINGS}
        values = {"root": self.root, "user": user}
        for name, port in ports.items():
            conf = STORAGE_CONF.substitute(values, name=name, port=port)
            self._conf(name).write_text(conf)
        # In a process of its own: Swift changes the threads of whoever imports it.
        rings = [f"{name}:{port}" for name, port in ports.items()]
        subprocess.run(
            [sys.executable, "-m", "launcher.s3", str(self.root), *rings], check=True
        )
        proxy = PROXY_CONF.substitute(values, port=self.port)
        self._conf("proxy").write_text(proxy)


def build_rings(root: Path, ports: dict[str, int]) -> None:
    """Write where everything is kept: all of it on one device."""
    from swift.common.ring import RingBuilder

    for name, port in ports.items():
        builder = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
        device = {"region": 1, "zone": 1, "weight": 1.0, "device": "d1", "meta": ""}
        address = {"ip": "127.0.0.1", "port": port}
        replication = {"replication_ip": "127.0.0.1", "replication_port": port}
        builder.add_dev({**device, **address, **replication})
        builder.rebalance()
        builder.get_ring().save(str(root / f"{name}.ring.gz"))


if __name__ == "__main__":
    folder, *named = sys.argv[1:]
    parts = (each.split(":") for each in named)
    build_rings(Path(folder), {name: int(port) for name, port in parts})
