import hashlib
import io
import re
import shutil
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest

from cs231n import datasets
from cs231n.data_utils import load_CIFAR_batch
from cs231n.synthetic import LABEL_NAMES, make_images, make_synthetic

CONTENT = {"data_batch_1": b"one" * 50000, "test_batch": bytes(range(256)) * 500}
MD5S = {name: hashlib.md5(content).hexdigest() for name, content in CONTENT.items()}


def archive(members=None, extra=()):
    """Return the bytes of a .tar.gz with the given files in CIFAR's folder, and extra TarInfos."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        folder = tarfile.TarInfo("cifar-10-batches-py")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, content in (CONTENT if members is None else members).items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in extra:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return buffer.getvalue()


@pytest.fixture
def server():
    """Loopback server of one body. It can truncate answers, ignore ranges or fail, and logs requested ranges."""
    state = SimpleNamespace(body=archive(), ranges=[], knows_ranges=True, cut=None, status=None)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = self.headers.get("Range")
            state.ranges.append(asked)
            if state.status:
                self.send_error(state.status)
                return
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and state.knows_ranges else 0
            if start and start >= len(state.body):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(state.body) - 1}/{len(state.body)}")
            self.send_header("Content-Length", str(len(state.body) - start))
            self.end_headers()
            self.wfile.write(state.body[start : state.cut])

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.url = f"http://127.0.0.1:{http_server.server_port}/"
        yield state
        http_server.shutdown()
        thread.join()


def download(server, folder, md5=None):
    return datasets.download_cifar10(
        folder, base_url=server.url, batch_md5s=MD5S, archive_md5=md5 or hashlib.md5(server.body).hexdigest()
    )


def check_complete(folder):
    assert {path.name for path in folder.iterdir()} == {"cifar-10-batches-py"}
    for name, content in CONTENT.items():
        assert (folder / "cifar-10-batches-py" / name).read_bytes() == content


def test_download_unpacks_and_leaves_nothing_else(server, tmp_path):
    assert download(server, tmp_path / "data") == tmp_path / "data" / "cifar-10-batches-py"
    check_complete(tmp_path / "data")
    download(server, tmp_path / "data")
    assert server.ranges == [None]


def test_an_interrupted_download_continues_where_it_stopped(server, tmp_path):
    server.cut = 300
    with pytest.raises(datasets.DatasetError, match="run the command again to continue"):
        download(server, tmp_path)
    server.cut = None
    download(server, tmp_path)
    assert server.ranges == [None, "bytes=300-"]
    check_complete(tmp_path)


def test_server_without_ranges_sends_everything_again(server, tmp_path):
    (tmp_path / "cifar-10-python.tar.gz.part").write_bytes(server.body[:100])
    server.knows_ranges = False
    download(server, tmp_path)
    check_complete(tmp_path)


def test_complete_part_file_is_used(server, tmp_path):
    (tmp_path / "cifar-10-python.tar.gz.part").write_bytes(server.body)
    download(server, tmp_path)
    check_complete(tmp_path)


@pytest.mark.parametrize("where", ["data", "."])
def test_an_existing_archive_is_unpacked_without_a_download(server, tmp_path, where):
    (tmp_path / "data").mkdir()
    (tmp_path / where / "cifar-10-python.tar.gz").write_bytes(server.body)
    download(server, tmp_path / "data")
    assert server.ranges == []
    assert (tmp_path / "data" / "cifar-10-batches-py" / "test_batch").read_bytes() == CONTENT["test_batch"]


def test_data_without_a_file_are_reported(synthetic_data, tmp_path, capsys):
    shutil.copytree(synthetic_data, tmp_path, dirs_exist_ok=True)
    (tmp_path / "cifar-10-synthetic" / "data_batch_4").unlink()
    assert datasets.main(["synthetic", "--to", str(tmp_path)]) == 2
    assert "cifar-10-synthetic lacks data_batch_4: delete that folder" in capsys.readouterr().err


def test_wrong_checksum_of_the_archive_is_refused_and_the_file_deleted(server, tmp_path):
    with pytest.raises(datasets.DatasetError, match=f"expected md5 {'0' * 32}"):
        download(server, tmp_path, md5="0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_wrong_checksum_of_a_batch_is_refused(server, tmp_path):
    server.body = archive(CONTENT | {"test_batch": b"other"})
    with pytest.raises(datasets.DatasetError, match="test_batch: expected md5"):
        download(server, tmp_path)
    assert not (tmp_path / "cifar-10-batches-py").exists()


def special(name, kind=tarfile.REGTYPE, size=0, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, size, target
    return member


@pytest.mark.parametrize(
    "member",
    [
        special("cifar-10-batches-py/../../escaped", size=3),
        special("../escaped", size=3),
        special("/tmp/escaped", size=3),
        special("cifar-10-batches-py/other", size=3),
        special("elsewhere/test_batch", size=3),
        special("cifar-10-batches-py/test_batch", tarfile.SYMTYPE, target="/etc/passwd"),
        special("cifar-10-batches-py/data_batch_1", tarfile.LNKTYPE, target="cifar-10-batches-py/test_batch"),
        special("cifar-10-batches-py/data_batch_1", tarfile.FIFOTYPE),
        special("cifar-10-batches-py/test_batch", size=40_000_001),
    ],
)
def test_unexpected_member_is_refused_and_nothing_is_left(server, tmp_path, member):
    server.body = archive(members={}, extra=[member])
    inside = tmp_path / "a" / "data"
    with pytest.raises(datasets.DatasetError, match=r"unexpected file|not a regular file"):
        download(server, inside)
    assert [path.name for path in inside.iterdir()] == ["cifar-10-python.tar.gz.part"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["cifar-10-python.tar.gz.part"]


def test_damaged_and_incomplete_archives_are_refused(server, tmp_path):
    for body, message in ((b"no archive", "cannot be unpacked"), (archive({}), "lacks the file data_batch_1")):
        server.body = body
        with pytest.raises(datasets.DatasetError, match=message):
            download(server, tmp_path / message)


def test_failing_server_is_named(server, tmp_path):
    server.status = 404
    with pytest.raises(datasets.DatasetError, match="answered 404"):
        download(server, tmp_path)


def test_command_fails_with_one_line_and_status_2(tmp_path, monkeypatch, capsys):
    def no_network(folder):
        raise datasets.DatasetError("no route to host")

    monkeypatch.setattr(datasets, "download_cifar10", no_network)
    assert datasets.main(["cifar10", "--to", str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines()[0] == "python -m cs231n.datasets: no route to host"


def test_command_does_not_change_existing_data(synthetic_data, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_DATA", str(synthetic_data))
    assert datasets.main(["synthetic"]) == 0
    assert "already exists; nothing to do" in capsys.readouterr().out


def test_command_prints_the_next_step(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("CS231N_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets, "make_synthetic", lambda folder, large: folder / "cifar-10-synthetic")
    assert datasets.main(["synthetic"]) == 0
    assert f"get_CIFAR10_data() finds the data from {tmp_path}" in capsys.readouterr().out
    assert datasets.main(["synthetic", "--to", "elsewhere"]) == 0
    assert f"CS231N_DATA={tmp_path / 'elsewhere'}" in capsys.readouterr().out


def test_stand_in_has_all_files_and_balanced_classes(synthetic_data):
    folder = synthetic_data / "cifar-10-synthetic"
    assert sorted(path.name for path in folder.iterdir()) == sorted(datasets.BATCH_MD5S)
    X, y = load_CIFAR_batch(folder / "test_batch", dtype=np.uint8)
    assert X.shape == (10000, 32, 32, 3)
    assert list(np.bincount(y)) == [1000] * 10
    assert len(set(LABEL_NAMES)) == 10


def test_stand_in_is_made_once_and_atomically(synthetic_data):
    before = (synthetic_data / "cifar-10-synthetic" / "test_batch").stat().st_mtime_ns
    make_synthetic(synthetic_data)
    assert (synthetic_data / "cifar-10-synthetic" / "test_batch").stat().st_mtime_ns == before
    assert [path.name for path in synthetic_data.iterdir()] == ["cifar-10-synthetic"]


def test_images_depend_on_seed_and_class_only():
    labels = np.arange(10)
    first, again, other = (make_images(labels, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    # These exact pixels must come on every machine; a new value means that everybody's stand-in changes.
    assert hashlib.md5(first.tobytes()).hexdigest() == "0d1ec255651027141c68f81f263cef5b"


def test_classes_differ_in_texture_not_in_mean_image():
    rng = np.random.default_rng(0)
    means, spectra = [], []
    for label in (0, 2, 5):
        images = make_images(np.full(300, label), rng).astype(float).mean(axis=1)
        means.append(images.mean(axis=0))
        spectra.append(np.abs(np.fft.rfft2(images - images.mean(axis=(1, 2), keepdims=True))).mean(axis=0))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(means[one] - means[other]).max() < 15
        assert np.abs(spectra[one] - spectra[other]).max() > 0.3 * spectra[one].max()
