"""Which account PostgreSQL runs under, since it refuses to run as root."""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError


@dataclass(frozen=True)
class Account:
    """A user and its group.

    Attributes:
        is_ours: whether it is the account that we run under ourselves.
        prefix: goes before the command where the user may not enter the folders
            above its files, as in `/root`; it takes on the account, with the right
            to pass through them. Empty elsewhere.
    """

    uid: int
    gid: int
    is_ours: bool
    prefix: tuple[str, ...] = ()


def account_for(data: Path, binaries: Path) -> Account:
    """Our own account; as root the owner of the data, or `nobody` for new data.

    Raises:
        LauncherError: we are root, and no other user can be given access.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), is_ours=True)
    owner = data.stat().st_uid if data.exists() else 0
    user = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    prefix: tuple[str, ...] = ()
    if not (_is_open_to_all(binaries / "postgres") and _is_open_to_all(data.parent)):
        setpriv = shutil.which("setpriv")
        if not setpriv:
            raise LauncherError(
                f"PostgreSQL does not run as root, and {user.pw_name} may not enter "
                f"{data.parent}. Start osmTalk as an ordinary user."
            )
        prefix = (
            setpriv,
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
            "--inh-caps=-all,+dac_override",
            "--ambient-caps=-all,+dac_override",
            # Without it access(), by which initdb looks for postgres, leaves the
            # right out; see capabilities(7).
            "--securebits=+no_setuid_fixup",
            "--pdeathsig=INT",
        )
    return Account(user.pw_uid, user.pw_gid, is_ours=False, prefix=prefix)


def _is_open_to_all(path: Path) -> bool:
    """Whether every user may use the path and pass all folders above it."""
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path, *path.parents))
