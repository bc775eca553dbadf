"""Result files: written together or not at all, and never in the place of another unasked."""

import os
import subprocess
import sys

import pytest
from commandline import assert_bad_input, run

from verify.console import BadInput, result_files


class TestResultFiles:
    """Files that appear together or not at all, and never in the place of another without --force."""

    @pytest.fixture
    def two(self, tmp_path):
        """The results of an earlier run."""
        files = {"--json": tmp_path / "x.json", "--figure": tmp_path / "x.svg"}
        for path in files.values():
            path.write_text("old")
        return files

    def test_appear_when_the_work_is_done(self, tmp_path):
        paths = {"--json": tmp_path / "x.json", "--figure": tmp_path / "x.svg", "--other": None}
        with result_files(paths) as files:
            assert list(files) == ["--json", "--figure"]
            for option, file in files.items():
                file.write(option.encode())
            assert not paths["--json"].exists()
        assert [paths[option].read_text() for option in files] == list(files)
        assert len(list(tmp_path.iterdir())) == 2

    def test_are_left_alone_when_the_work_fails(self, two, tmp_path):
        for error in (RuntimeError, KeyboardInterrupt, BrokenPipeError):
            with pytest.raises(error), result_files(two, force=True) as files:  # noqa: PT012
                files["--json"].write(b"half")
                raise error
        assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
        assert len(list(tmp_path.iterdir())) == 2

    def test_that_exist_are_refused_before_the_work(self, two):
        with pytest.raises(BadInput, match=r"x\.json: the file exists; --force"), result_files(two):
            pytest.fail("the work began")

    def test_that_exist_are_replaced_with_force(self, two, tmp_path):
        two["--json"].chmod(0o640)
        with result_files(two, force=True) as files:
            files["--json"].write(b"new")
        assert two["--json"].read_text() == "new"
        assert two["--figure"].read_text() == ""
        assert two["--json"].stat().st_mode & 0o777 == 0o640
        assert len(list(tmp_path.iterdir())) == 2

    @pytest.mark.parametrize("links", [True, False])
    def test_that_appear_meanwhile_stay(self, tmp_path, monkeypatch, links):
        if not links:
            monkeypatch.setattr(type(tmp_path), "hardlink_to", no_links)
        first, second = tmp_path / "x.json", tmp_path / "x.svg"
        with (  # noqa: PT012
            pytest.raises(BadInput, match=r"x\.svg: a file of this name has appeared"),
            result_files({"--json": first, "--figure": second}) as files,
        ):
            files["--json"].write(b"new")
            second.write_text("another's")
        assert second.read_text() == "another's"
        assert list(tmp_path.iterdir()) == [second]

    @pytest.mark.parametrize("links", [True, False])
    def test_are_both_as_before_if_the_second_cannot_be_replaced(self, two, tmp_path, monkeypatch, links):
        if not links:
            monkeypatch.setattr(type(tmp_path), "hardlink_to", no_links)
        replace_ = type(tmp_path).replace

        def failing(path, target):
            if target == two["--figure"] and path.suffix != ".old":
                raise OSError(28, "No space left on device")
            return replace_(path, target)

        monkeypatch.setattr(type(tmp_path), "replace", failing)
        with pytest.raises(BadInput, match=r"x\.svg: No space"), result_files(two, force=True) as files:
            files["--json"].write(b"new")
        assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
        assert len(list(tmp_path.iterdir())) == 2

    @pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
    @pytest.mark.usefixtures("two")
    def test_neither_is_replaced_if_the_disk_is_full(self, tmp_path):
        code = (
            "import resource\nfrom pathlib import Path\nfrom verify.console import BadInput, result_files\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
            "files = {'--json': Path('x.json'), '--figure': Path('x.svg')}\n"
            "try:\n"
            "    with result_files(files, force=True) as memory: memory['--figure'].write(bytes(20_000))\n"
            "except BadInput as error: print(error)"
        )
        path = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path, env=path
        )
        assert "cannot write" in result.stdout, result
        assert "x.svg" in result.stdout
        assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
        assert len(list(tmp_path.iterdir())) == 2

    def test_are_written_through_links_and_into_devices(self, tmp_path):
        target, link = tmp_path / "target", tmp_path / "link"
        target.write_text("old")
        link.symlink_to(target)
        with result_files({"--json": link}, force=True) as files:
            files["--json"].write(b"new")
        assert link.is_symlink()
        assert target.read_text() == "new"
        null = type(tmp_path)(os.devnull)
        with result_files({"--json": null, "--figure": null}) as files:
            files["--json"].write(b"gone")
        assert not null.is_file()

    @pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
    def test_are_written_into_pipes(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
        with result_files({"--json": pipe}) as files:
            files["--json"].write(b"new")
        assert reader.communicate(timeout=60)[0] == b"new"

    def test_that_standard_output_goes_to_are_refused(self, tmp_path):
        path = tmp_path / "x"
        with path.open("w") as stdout:
            for name in (path, "/dev/stdout"):
                arguments = ["verify", "jacobian", "--json", str(name), "--force"]
                result = subprocess.run(
                    [sys.executable, "-m", "verify", *arguments],
                    stdout=stdout,
                    stderr=subprocess.PIPE,
                    text=True,
                    check=False,
                )
                assert result.returncode == 2
                assert "the same file as standard output" in result.stderr

    @pytest.mark.parametrize("arguments", [["verify", "definition"], ["experiment", "equivalence"]])
    def test_need_force_in_every_command(self, arguments, two):
        for option, path in two.items():
            if arguments[0] == "experiment" or option == "--json":
                assert_bad_input(run(*arguments, option, path), str(path), "--force")


def no_links(*_):
    raise OSError(95, "Operation not supported")
