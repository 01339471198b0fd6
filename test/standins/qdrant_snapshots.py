"""Snapshots of the stand-in for Qdrant: archives of a collection's folder, kept beside the collections.

Compressed, which the server's are not: the files of an empty shard have 130 MB, nearly all of it holes.

https://qdrant.tech/documentation/concepts/snapshots/
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
from datetime import datetime, timezone


class Damaged(Exception):
    """What was given is no snapshot, or not the one that it should be."""


class Snapshots:
    """The snapshots of a node, in a folder for each collection."""

    def __init__(self, folder, peer_id):
        self.folder = folder
        self.peer_id = peer_id
        os.makedirs(folder, exist_ok=True)

    def list(self, collection):
        folder = os.path.join(self.folder, collection)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        return [describe(os.path.join(folder, name)) for name in names if name.endswith(".snapshot")]

    def create(self, collection, source):
        """Archives the folder of a collection that has been flushed."""
        now = datetime.now(timezone.utc).strftime("%Y-%m-%d-%H-%M-%S")
        target = self._place(collection, f"{collection}-{self.peer_id}-{now}.snapshot")
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".tmp", delete=False) as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
                for name in sorted(os.listdir(source)):
                    archive.add(os.path.join(source, name), arcname=name)
        with open(f"{target}.checksum", "w", encoding="ascii") as checksum:
            checksum.write(sha256_of(file.name))
        os.replace(file.name, target)
        return describe(target)

    def keep(self, collection, name, content):
        """Stores what was uploaded; the server keeps it too, without a checksum."""
        target = self._place(collection, os.path.basename(name))
        with open(target, "wb") as file:
            file.write(content)
        return target

    def find(self, collection, name):
        """Path of a snapshot; None when there is none of the name."""
        path = os.path.join(self.folder, collection, os.path.basename(name))
        return path if os.path.isfile(path) else None

    def remove(self, path):
        os.remove(path)
        if os.path.exists(f"{path}.checksum"):
            os.remove(f"{path}.checksum")

    def unpack(self, path, checksum):
        """A new folder with the content of a snapshot. Raises Damaged."""
        actual = sha256_of(path)
        if checksum is not None and checksum != actual:
            raise Damaged(f"Snapshot checksum mismatch: expected {checksum}, got {actual}")
        target = tempfile.mkdtemp(dir=self.folder, suffix=".tmp")
        try:
            with tarfile.open(path) as archive:
                for member in archive:
                    extract(archive, own(member), target)
            if not os.path.exists(os.path.join(target, "params.json")):
                raise Damaged("Snapshot holds no collection")
        except (tarfile.TarError, EOFError, OSError, Damaged) as error:
            shutil.rmtree(target)
            raise Damaged(str(error)) from error
        return target

    def _place(self, collection, name):
        folder = os.path.join(self.folder, collection)
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, name)


def own(member):
    """A file or folder of the snapshot itself. Debian's Python is older than tarfile.data_filter, which does more."""
    if not (member.isreg() or member.isdir()) or member.name.startswith("/") or ".." in member.name.split("/"):
        raise Damaged(f"Snapshot holds {member.name!r}, which is not in a folder of its own")
    return member


def extract(archive, member, target):
    """As the archive would, with holes where there were some."""
    path = os.path.join(target, member.name)
    if member.isdir():
        os.makedirs(path, exist_ok=True)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with archive.extractfile(member) as source, open(path, "wb") as file:
        while block := source.read(1 << 20):
            if block.count(0) == len(block):
                file.seek(len(block), os.SEEK_CUR)
            else:
                file.write(block)
        file.truncate(member.size)


def describe(path):
    made = datetime.fromtimestamp(os.path.getmtime(path), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    body = {"name": os.path.basename(path), "creation_time": made, "size": os.path.getsize(path)}
    if os.path.exists(f"{path}.checksum"):
        with open(f"{path}.checksum", encoding="ascii") as checksum:
            body["checksum"] = checksum.read()
    return body


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def uploaded_file(content_type, raw):
    """Name and content of the part `snapshot` of a multipart form; None when there is none."""
    boundary = content_type.partition("boundary=")[2].strip('"')
    for part in raw.split(b"--" + boundary.encode()):
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="snapshot"' in head:
            name = head.partition(b'filename="')[2].partition(b'"')[0].decode() or "uploaded.snapshot"
            return name, content.removesuffix(b"\r\n")
    return None
