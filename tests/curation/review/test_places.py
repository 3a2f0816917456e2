"""Which file systems SQLite is refused on, by mount tables as Linux writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.review.database import open_database, places
from curation.review.database.places import network_file_system
from schemas.errors import BadSpec


def mounts(*lines: tuple[str, str]) -> str:
    """A mount table of (mount point, type)."""
    rows = [("/", "ext4"), *lines]
    return "".join(
        f"{20 + n} 1 0:{n} / {point} rw,relatime shared:{n} - {kind} host:/x rw\n"
        for n, (point, kind) in enumerate(rows)
    )


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "9p",
        "lustre",
        "gpfs",
        "ceph",
        "glusterfs",
        "vboxsf",
        "drvfs",
        "afs",
        "beegfs",
        "fuse.sshfs",
        "fuse.ceph-fuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.vmhgfs-fuse",
    ],
)
def test_a_network_file_system_is_known_by_its_type(kind: str) -> None:
    assert network_file_system(Path("/team/pool/review.db"), mounts(("/team", kind))) == kind
    assert network_file_system(Path("/teams/review.db"), mounts(("/team", kind))) is None


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "apfs", "fuse.ntfs-3g", "new"]
)
def test_any_other_file_system_is_taken(kind: str) -> None:
    assert network_file_system(Path("/team/review.db"), mounts(("/team", kind))) is None


def test_the_longest_mount_point_counts_whatever_the_order() -> None:
    table = mounts(("/team/local", "xfs"), ("/team", "nfs4"), ("/team/local/far", "cifs"))
    assert network_file_system(Path("/team/review.db"), table) == "nfs4"
    assert network_file_system(Path("/team/local/review.db"), table) is None
    assert network_file_system(Path("/team/local/far/review.db"), table) == "cifs"


def test_of_two_mounts_in_one_place_the_later_one_counts() -> None:
    assert network_file_system(Path("/team/a.db"), mounts(("/team", "autofs"), ("/team", "nfs"))) == "nfs"
    assert network_file_system(Path("/team/a.db"), mounts(("/team", "nfs"), ("/team", "ext4"))) is None


def test_a_mount_point_with_a_space_is_read() -> None:
    assert network_file_system(Path("/our team/a.db"), mounts((r"/our\040team", "cifs"))) == "cifs"


def test_links_are_followed(tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (tmp_path / "near").symlink_to(far)
    (tmp_path / "review.db").symlink_to(far / "review.db")
    table = mounts((str(far), "nfs"))
    assert network_file_system(tmp_path / "near" / "a.db", table) == "nfs"
    assert network_file_system(tmp_path / "review.db", table) == "nfs"
    assert network_file_system(tmp_path / "other.db", table) is None


def test_garbage_in_the_table_is_passed_over() -> None:
    assert network_file_system(Path("/a.db"), "\nnothing\n1 2 3 - \n - nfs\n" + mounts()) is None


def test_opening_there_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(mounts((str(tmp_path), "nfs4")))
    monkeypatch.setattr(places, "_MOUNTS", table)
    with pytest.raises(BadSpec, match=r"network file system, and this is one \(nfs4\).*local disk"):
        open_database(str(tmp_path / "review.db"), create=True)
    assert list(tmp_path.iterdir()) == [table]


def test_this_machine_has_a_table_or_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert network_file_system(tmp_path / "a.db") is None
    monkeypatch.setattr(places, "_MOUNTS", tmp_path / "absent")
    assert network_file_system(tmp_path / "a.db") is None
