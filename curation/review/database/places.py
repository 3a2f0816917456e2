"""File systems on which SQLite must not run: they keep locks and shared memory from each other's machines.

SQLite in WAL mode shares an index in memory among its processes (https://www.sqlite.org/wal.html: "WAL does not work
over a network filesystem"), and locks over the network are known to fail without a word. A file system of another name
is taken for a local one.
"""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
# Names as Linux has them: over the network, clustered, or a folder of the host shown to a virtual machine.
# fmt: off
_SHARED = frozenset((
    "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "gfs", "gfs2", "glusterfs",
    "gpfs", "lustre", "moosefs", "ncp", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs",
    "pvfs2", "smb2", "smb3", "smbfs", "vboxsf", "vmhgfs", "wekafs",
))
# fmt: on
# The same through a program of the user's: `fuse.NAME`.
# fmt: off
_SHARED_FUSE = frozenset((
    "afpfs", "blobfuse", "blobfuse2", "ceph", "ceph-fuse", "cephfs", "cifs", "curlftpfs", "davfs",
    "davfs2", "gcsfuse", "geesefs", "glusterfs", "goofys", "google-drive-ocamlfuse", "juicefs",
    "lizardfs", "mfs", "moosefs", "mount_s3", "mountpoint-s3", "nfs", "onedriver", "rclone", "s3fs",
    "s3ql", "seaweedfs", "smbnetfs", "sshfs", "vmhgfs-fuse", "weed",
))
# fmt: on


def network_file_system(path: Path, mounts: str | None = None) -> str | None:
    """The type of the network file system that a file lies on, or would; None where there is none.

    Args:
        path: the file; symbolic links are followed, as far as the path exists.
        mounts: text in the form of `/proc/self/mountinfo`; without it, this machine's. A machine without that file
            has no network file systems that this function knows.
    """
    if mounts is None:
        try:
            mounts = _MOUNTS.read_bytes().decode("utf-8", "surrogateescape")
        except OSError:
            return None
    try:
        real = path.resolve()
    except (OSError, RuntimeError):  # a circle of links: opening it will say so
        return None
    kind = _mounted(real, mounts)
    name = kind.removeprefix("fuse.").removeprefix("fuseblk.").lower()
    shared = _SHARED_FUSE | _SHARED if kind.startswith("fuse") else _SHARED
    return kind if name in shared else None


def _mounted(real: Path, mounts: str) -> str:
    """The type of the file system with the longest mount point above `real`; of two in one place, the later one."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if len(fields) < 5 or not rest[0]:
            continue
        point = Path(_unescaped(fields[4]))
        if real.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), rest[0]
    return kind


def _unescaped(text: str) -> str:
    r"""Spaces and such in a mount point stand as `\040`."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
