"""``experiment fit`` as a command: what it writes, and what it refuses in one line."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from commandline import assert_bad_input, run
from delayed import data, settings

from verify.experiments import fit
from verify.experiments.students import LEARNERS


def invoke(*arguments):
    return run("experiment", "fit", *arguments)


def saved(tmp_path, x, y):
    np.save(tmp_path / "x.npy", x, allow_pickle=True)
    np.save(tmp_path / "y.npy", y, allow_pickle=True)
    return "--inputs", tmp_path / "x.npy", "--outputs", tmp_path / "y.npy", "--width", 20, "--epochs", 10


class TestCommand:
    def test_compares_and_writes_numbers_and_figure(self, tmp_path):
        x, y = data()
        files = saved(tmp_path, x, y)
        path, figure = tmp_path / "fit.json", tmp_path / "fit.svg"
        result = invoke(*files, "--json", path, "--figure", figure, "--seed", 3)
        assert result.exit_code == 0
        assert "Squared error relative to predicting the training mean:" in result.stdout
        document = json.loads(path.read_text())
        assert (document["experiment"], document["seed"], document["verdicts"]) == ("fit", 3, [])
        assert document["settings"]["lags"] == 12
        assert len(document["runs"][0]["held_out_error"]["network"]) == 11
        assert figure.read_text().startswith("<?xml")
        assert invoke(*files, "--seed", 3).stdout == result.stdout
        assert invoke(*files, "--seed", 4).stdout != result.stdout

    def test_the_help_tells_of_standardisation(self):
        words = " ".join(invoke("--help").stdout.split())
        assert "Inputs and outputs are centred, coordinate by coordinate, and divided by" in words

    def test_booleans_are_0_and_1(self, tmp_path):
        x, y = data()
        shown = [invoke(*saved(tmp_path, kind(x > 0), y)) for kind in (np.asarray, lambda a: a.astype(float))]
        assert [result.exit_code for result in shown] == [0, 0]
        assert shown[0].stdout == shown[1].stdout

    @pytest.mark.parametrize(("N", "T"), [(1, 4), (2, 3), (4, 1)])
    def test_little_data_is_no_trouble(self, tmp_path, N, T):
        x, y = data(N=N, T=T)
        assert invoke(*saved(tmp_path, x, y)).exit_code == 0

    X, Y = data()

    @pytest.mark.parametrize(
        ("x", "y", "words"),
        [
            (X[0], Y, ["x.npy has shape (12, 1)", "(N, T, n)", "[None]"]),
            (X, Y[..., 0], ["y.npy has shape (8, 12)", "(N, T, n)", "[..., None]"]),
            (X, Y[:7], ["y.npy has shape (7, 12, 2)", "(8, 12, n_y)", "x.npy has shape (8, 12, 1)"]),
            (X, Y[:, 1:], ["y.npy has shape (8, 11, 2)"]),
            (X[:0], Y[:0], ["x.npy has shape (0, 12, 1)", "at least 1"]),
            (X[:2, :2], Y[:2, :2], ["2 sequences of 2 steps", "3 of either"]),
            (X[:1, :3], Y[:1, :3], ["x.npy is constant over the training data"]),
            (X, 0 * Y, ["y.npy is constant"]),
            (X, 0 * Y + 0.1, ["y.npy is constant"]),
            (0 * X + 7, Y, ["x.npy is constant"]),
            (np.where(X > 4, np.nan, X), Y, ["x.npy has", "not finite"]),
            (X, np.where(Y > 4, np.inf, Y), ["y.npy has", "not finite"]),
            (X.astype(complex), Y, ["x.npy has dtype complex128", "real"]),
            (X, np.full(Y.shape, "a"), ["y.npy has dtype <U1"]),
            (np.array([{}], dtype=object), Y, ["x.npy", "pickle"]),
            (1e80 * X, Y, ["x.npy has entries beyond 1e+75"]),
            (np.ones((3, 50, 60)), np.ones((3, 50, 1)), ["lags n_x n_y = 40 * 60 * 1", "--lags"]),
        ],
    )
    def test_unusable_arrays_are_bad_input(self, tmp_path, x, y, words):
        assert_bad_input(invoke(*saved(tmp_path, x, y)), *words)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--width", "0"], ["--width"]),
            (["--epochs", "0"], ["--epochs"]),
            (["--lags", "0"], ["--lags"]),
            (["--lags", "13"], ["--lags", "between 1 and 12"]),
            (["--held-out", "0"], ["--held-out", "between 0 and 1"]),
            (["--held-out", "nan"], ["--held-out"]),
            (["--held-out", "1"], ["--held-out"]),
            (["--held-out", "0.99"], ["--held-out 0.99", "8 sequences"]),
            (["--validation", "1"], ["--validation", "between 0 and 1"]),
            (["--validation", "0.8"], ["--validation 0.8", "8 sequences"]),
            (["--transition", "0.3,"], ["transition", "''"]),
            (["--transition", "0.3,-1"], ["transition", "'-1'"]),
            (["--input-variance", "-1"], ["input", "'-1'"]),
            (["--output-variance", "x"], ["output", "'x'"]),
            (["--input", "1"], ["No such option", "--input"]),
            (["--predictions", "p.txt"], ["--predictions", ".npz or .csv"]),
            (["--response", "p"], ["--response", ".npz or .csv"]),
            (["--transition", "-1"], ["transition", "-1"]),
            (["--transition", "x"], ["transition", "x"]),
            (["--transition", "1e99"], []),
            (["--width", "10000000"], ["GiB of memory", "--width"]),
            (["--epochs", "1000000000000"], ["GiB of memory", "--epochs"]),
        ],
    )
    def test_unusable_options_are_bad_input(self, tmp_path, options, words):
        assert_bad_input(invoke(*saved(tmp_path, self.X, self.Y), *options), *words)

    @pytest.mark.parametrize(("part", "words"), [(slice(6, 8), "held out"), (slice(4, 6), "validation")])
    def test_what_is_compared_must_vary(self, tmp_path, part, words):
        y = self.Y.copy()
        y[part] = y[:4].mean(axis=(0, 1))
        assert_bad_input(invoke(*saved(tmp_path, self.X, y)), "y.npy", words)

    def test_a_missing_file_and_a_missing_option_are_bad_input(self, tmp_path):
        files = saved(tmp_path, self.X, self.Y)
        (tmp_path / "y.npy").unlink()
        assert_bad_input(invoke(*files), "cannot read", "y.npy")
        assert_bad_input(invoke("--inputs", "x.npy"), "--outputs")

    def test_a_large_file_is_refused_unread(self, tmp_path):
        header = np.lib.format.header_data_from_array_1_0(np.zeros((1, 1, 1)))
        for name in ("x", "y"):
            with (tmp_path / f"{name}.npy").open("wb") as file:
                np.lib.format.write_array_header_1_0(file, header | {"shape": (10**5, 10**7, 1)})
                file.truncate(10**12 * 8 + 1000)  # sparse
        files = "--inputs", tmp_path / "x.npy", "--outputs", tmp_path / "y.npy"
        assert_bad_input(invoke(*files), "outputs to train on", "--lags")
        assert_bad_input(invoke(*files, "--lags", 1), "too many")

    def test_too_little_memory_is_known_before_the_work(self, tmp_path, monkeypatch):
        monkeypatch.setattr("verify.experiments.fit.data.memory", lambda: 1000.0)
        assert_bad_input(invoke(*saved(tmp_path, self.X, self.Y)), "GiB of memory")

    def test_a_variance_written_twice_is_tried_once(self):
        assert {
            label.partition(",")[0]
            for label in fit.labels(settings(self.X, self.Y, transitions=("0.3", "0.30")))
        } == {"nu_W = 0.3"}

    def test_impossible_variances_are_told_in_terms_of_the_command(self, tmp_path):
        files = saved(tmp_path, self.X, self.Y)
        none = "--input-variance", 0, "--output-variance", 0
        assert_bad_input(invoke(*files, *none), "every weight is 0", "nothing can be learned")
        result = invoke(*files, "--transition", "0.3,1e300")
        assert_bad_input(result, "nu_W = 1e300", "--lags")
        assert "digits" not in result.stderr


class TestExports:
    """Recomputed from the arrays of the user, by the formula that the help gives."""

    @pytest.mark.parametrize(("N", "T"), [(1, 40), (8, 12)])
    def test_predictions_and_responses_are_in_the_units_of_the_data(self, tmp_path, N, T):
        x, y = data(N=N, T=T, n_x=2)
        files = saved(tmp_path, x, 1000 * y)
        predicted, learned, numbers = (tmp_path / name for name in ("p.npz", "r.npz", "n.json"))
        options = "--predictions", predicted, "--response", learned, "--json", numbers, "--lags", 4
        assert invoke(*files, *options, "--transition", "0.3,0.6").exit_code == 0
        best = json.loads(numbers.read_text())["best"]
        with np.load(predicted) as outputs, np.load(learned) as L:
            assert set(outputs) == {"part", *LEARNERS}
            kept = outputs["part"] == "training"
            for model in LEARNERS:
                wanted = np.zeros((N, T, 2)) + L["output_mean"]
                for lag in range(4):
                    past = (x - L["input_mean"])[:, : T - lag]
                    wanted[:, lag:] += past @ L[model][lag].T
                np.testing.assert_allclose(outputs[model], wanted, rtol=1e-9, atol=1e-6)
                held = outputs["part"] == "held_out"
                silence = 1000 * y[held] - 1000 * y[kept].mean(axis=0)
                error = np.square(outputs[model][held] - 1000 * y[held]).sum() / np.square(silence).sum()
                assert error == pytest.approx(best[model]["held_out_error"], rel=1e-5)

    def test_tables_hold_the_same(self, tmp_path):
        files = saved(tmp_path, *data())
        for suffix in (".npz", ".csv"):
            results = "--predictions", tmp_path / f"p{suffix}", "--response", tmp_path / f"r{suffix}"
            assert invoke(*files, *results).exit_code == 0
        rows = pd.read_csv(tmp_path / "p.csv")
        assert list(rows)[:3] == ["sequence", "step", "part"]
        assert set(rows["part"]) == {"training", "validation", "held_out"}
        with np.load(tmp_path / "p.npz") as arrays:
            np.testing.assert_array_equal(rows["network 1"], arrays["network"][..., 1].ravel())
            np.testing.assert_array_equal(rows["part"], arrays["part"].ravel())
        entries = pd.read_csv(tmp_path / "r.csv")
        assert list(entries)[:3] == ["lag", "output", "input"]
        with np.load(tmp_path / "r.npz") as arrays:
            np.testing.assert_array_equal(entries["scaled"], arrays["scaled"].ravel())
        np.testing.assert_array_equal(entries["output"][:4], [0, 1, 0, 1])

    def test_nothing_is_written_where_the_work_fails(self, tmp_path):
        files = saved(tmp_path, *data())
        before = set(tmp_path.iterdir())
        results = "--predictions", tmp_path / "p.npz", "--response", tmp_path / "r.npz"
        assert_bad_input(invoke(*files, *results, "--lags", 99), "--lags")
        assert set(tmp_path.iterdir()) == before

    def test_no_result_replaces_another(self, tmp_path):
        files, same = saved(tmp_path, *data()), tmp_path / "p.npz"
        assert_bad_input(invoke(*files, "--predictions", same, "--response", same), "--response", "same file")
        assert not same.exists()

    def test_takes_tables(self, tmp_path):
        x, y = data(N=1, T=60)
        pd.DataFrame(x[0], columns=["heard"]).to_csv(tmp_path / "x.csv", index=False)
        pd.DataFrame(y[0], columns=["left", "right"]).to_csv(tmp_path / "y.csv", index=False)
        options = "--width", 20, "--epochs", 10
        result = invoke("--inputs", tmp_path / "x.csv", "--outputs", tmp_path / "y.csv", *options)
        assert result.exit_code == 0
        assert "Trained on the first 36 of 60 steps" in " ".join(result.stdout.split())


class TestFiles:
    def test_a_result_replaces_neither_the_other_nor_what_was_given(self, tmp_path):
        given = saved(tmp_path, *data())
        same = tmp_path / "r.svg"
        assert_bad_input(invoke(*given, "--json", same, "--figure", same), "--figure", "same file")
        before = (tmp_path / "x.npy").read_bytes()
        assert_bad_input(invoke(*given, "--json", tmp_path / "x.npy"), "--json", "same file")
        assert (tmp_path / "x.npy").read_bytes() == before
        assert not same.exists()

    def test_links_in_a_circle_are_bad_input(self, tmp_path):
        loop = tmp_path / "loop.svg"
        loop.symlink_to(loop)
        assert_bad_input(invoke(*saved(tmp_path, *data()), "--json", loop), "cannot write")
        assert_bad_input(invoke(*saved(tmp_path, *data()), "--figure", loop), "cannot write")

    def test_a_name_that_is_too_long_is_bad_input(self, tmp_path):
        path = tmp_path / ("x" * 300 + ".json")
        assert_bad_input(invoke(*saved(tmp_path, *data()), "--json", path), "cannot write")

    def test_a_pipe_is_refused_and_not_waited_for(self, tmp_path):
        _, _, *others = saved(tmp_path, *data())
        pipe = tmp_path / "pipe.npy"
        os.mkfifo(pipe)
        assert_bad_input(invoke("--inputs", pipe, *others), "not a regular file")

    def test_a_name_that_is_not_unicode_is_written_as_an_escape(self, tmp_path):
        given = saved(tmp_path, *data())
        odd = tmp_path / "x\udcff.npy"
        try:
            (tmp_path / "x.npy").rename(odd)
        except OSError:
            pytest.skip("the file system takes no such name")
        numbers = tmp_path / "numbers.json"
        assert invoke("--inputs", odd, *given[2:], "--json", numbers).exit_code == 0
        assert str(odd) in json.dumps(json.loads(numbers.read_text()), ensure_ascii=False)
