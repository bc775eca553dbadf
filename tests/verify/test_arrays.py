"""Files of sequences: what has one clear meaning is read, all else is one line that says what to do."""

import zipfile
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from verify import arrays
from verify.arrays import read_sequences
from verify.console import BadInput

X = np.random.default_rng(0).normal(size=(2, 5, 3))


def refused(path):
    with pytest.raises(BadInput) as error:
        read_sequences(path)
    words = str(error.value)
    assert len(words.splitlines()) == 1
    assert path.name in words
    return words


def written(tmp_path, content, name="x.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


class TestArrays:
    @pytest.mark.parametrize("suffix", [".npy", ".NPY", ".npz"])
    def test_one_array_of_three_dimensions_is_itself(self, tmp_path, suffix):
        path = tmp_path / f"x{suffix}"
        with path.open("wb") as file:
            (np.savez if suffix == ".npz" else np.save)(file, X)
        np.testing.assert_array_equal(read_sequences(path), X)

    @pytest.mark.parametrize("save", [np.save, np.savez, np.savez_compressed])
    def test_a_row_of_numbers_is_one_sequence(self, tmp_path, save):
        path = tmp_path / ("x.npy" if save is np.save else "x.npz")
        save(path, X[0, :, 0])
        np.testing.assert_array_equal(read_sequences(path), X[:1, :, :1])

    @pytest.mark.parametrize("name", ["x.npy", "x.npz"])
    def test_two_dimensions_are_either_and_both_conversions_work(self, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        (np.save if name == "x.npy" else np.savez)(name, X[0])
        path = type(tmp_path)(name)
        words = refused(path)
        assert "shape (5, 3); (N, T, n) is needed" in words
        for start, shape in (
            ("one sequence of 5 steps: ", (1, 5, 3)),
            ("5 sequences of single numbers: ", (5, 3, 1)),
        ):
            command = words.partition(start)[2].partition(";")[0]
            exec(command, {"np": np})
            assert read_sequences(type(tmp_path)("x3.npy")).shape == shape

    def test_other_dimensions_are_refused(self, tmp_path):
        for array in (np.array(1.0), X[None]):
            np.save(tmp_path / "x.npy", array)
            assert "(N, T, n) is needed" in refused(tmp_path / "x.npy")

    def test_of_several_arrays_one_is_to_be_chosen(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        np.savez("d.npz", a=X, b=X[0])
        words = refused(type(tmp_path)("d.npz"))
        assert "holds a, b" in words
        exec(words.partition("as from ")[2], {"np": np, "name": "a"})
        assert read_sequences(type(tmp_path)("x.npy")).shape == X.shape

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive", b"\x93NUMPY"])
    def test_what_is_no_archive_is_refused(self, tmp_path, content):
        assert ".npz archive" in refused(written(tmp_path, content, "x.npz"))

    def test_an_archive_that_is_not_whole_or_holds_something_else_is_refused(self, tmp_path):
        np.save(tmp_path / "x.npy", X)
        np.savez_compressed(tmp_path / "x.npz", X)
        whole = (tmp_path / "x.npz").read_bytes()
        for cut in (10, len(whole) // 2, len(whole) - 3):
            refused(written(tmp_path, whole[:cut], "cut.npz"))
        broken = bytearray(whole)
        broken[len(whole) // 3] ^= 255
        refused(written(tmp_path, bytes(broken), "broken.npz"))
        np.savez(tmp_path / "pickled.npz", np.array([{}], dtype=object))
        assert "without pickles" in refused(tmp_path / "pickled.npz")
        with zipfile.ZipFile(tmp_path / "none.npz", "w"):
            pass
        assert "holds no array but nothing" in refused(tmp_path / "none.npz")
        with zipfile.ZipFile(tmp_path / "text.npz", "w") as archive:
            archive.writestr("readme.txt", "hello")
        assert "holds no array but readme.txt" in refused(tmp_path / "text.npz")
        with zipfile.ZipFile(tmp_path / "twice.npz", "w") as archive:
            archive.write(tmp_path / "x.npy", "x.npy")
            with pytest.warns(UserWarning, match="Duplicate name"):
                archive.write(tmp_path / "x.npy", "x.npy")
        assert "several arrays of the same name" in refused(tmp_path / "twice.npz")

    def test_an_archive_misnamed_is_told_so(self, tmp_path):
        np.savez(tmp_path / "x.npz", X)
        (tmp_path / "x.npz").rename(tmp_path / "x.npy")
        assert "an archive, to be named .npz" in refused(tmp_path / "x.npy")

    def test_an_archive_too_large_to_unpack_is_not_unpacked(self, tmp_path, monkeypatch):
        np.savez(tmp_path / "x.npz", X)
        monkeypatch.setattr(arrays, "MOST_BYTES", 10)
        assert "as a .npy file" in refused(tmp_path / "x.npz")
        (tmp_path / "x.csv").write_text("1\n" * 10)
        monkeypatch.setattr(arrays, "MOST_TEXT", 10)
        assert "save it as a .npy file" in refused(tmp_path / "x.csv")

    @pytest.mark.parametrize("name", ["x.txt", "x.mat", "x.pt", "x"])
    def test_other_files_are_refused_with_those_that_are_read(self, tmp_path, name):
        words = refused(written(tmp_path, b"1 2 3\n", name))
        assert all(suffix in words for suffix in (".npy", ".npz", ".csv", ".parquet"))


class TestCSV:
    @given(
        hnp.arrays(float, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(allow_infinity=False)),
        st.booleans(),
        st.booleans(),
    )
    def test_what_pandas_writes_is_one_sequence(self, tmp_path_factory, table, named, mark):
        path = tmp_path_factory.mktemp("csv") / "x.csv"
        names = [f"c{k}" for k in range(table.shape[1])]
        pd.DataFrame(table, columns=names).to_csv(
            path, index=False, header=named, encoding="utf-8-sig" if mark else "utf-8"
        )
        np.testing.assert_array_equal(read_sequences(path), table[None])

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("1,2\n3,4\n", [[1, 2], [3, 4]]),
            ("a,b\r\n1,2\r\n", [[1, 2]]),
            ("1\n2\n3", [[1], [2], [3]]),
            ("speed\n1\n2\n\n\n", [[1], [2]]),
            ('"a","b"\n"1", "2e3"\n', [[1, 2000]]),
            ("1,,3\nnan,NA, -1.5\n", [[1, np.nan, 3], [np.nan, np.nan, -1.5]]),
            ("\ufeff1,2\n", [[1, 2]]),
            ("0\n1\n2\n", [[0], [1], [2]]),
            ("nan,nan\n1,2\n", [[np.nan, np.nan], [1, 2]]),
            (",1.5\n2,3\n", [[np.nan, 1.5], [2, 3]]),
            ("0.0,1.0\n5,6\n", [[0, 1], [5, 6]]),
        ],
    )
    def test_a_row_is_a_step_and_a_column_a_coordinate(self, tmp_path, text, numbers):
        np.testing.assert_array_equal(read_sequences(written(tmp_path, text)), [numbers])

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", ["is empty"]),
            ("\n\n", ["is empty"]),
            ("a,b\n", ["no row of numbers"]),
            ("1;2\n3;4\n", ["not separated by commas", "sep=None"]),
            ("1,5;2,5\n3,0;4,0\n", ["not separated by commas", "decimal=','"]),
            ("a\tb\n1\t2\n", ["not separated by commas"]),
            ("1.0 2.0\n3.0 4.0\n", ["not separated by commas"]),
            ("1,2\n3\n", ["line 2: 1 cells where the first line has 2"]),
            ("1,2\n\n3,4\n", ["line 2: 0 cells"]),
            ("a,b\n1,2,3\n", ["line 2: 3 cells"]),
            ('x\n"1,234"\n', ["line 2, column 1", "'1,234' is no number", "thousands=','"]),
            ("x\n1 234.5\n", ["thousands=' '"]),
            ("1,2\n3,4+1j\n", ["line 2, column 2", "'4+1j' is no number", "real"]),
            ("t,x\n2021-01-20,1\n", ["line 2, column 1", "'2021-01-20' is no number"]),
            ("x\n1_000\n", ["'1_000' is no number"]),
            ("x\n1\nhello\n", ["line 3, column 1", "'hello'"]),
            (",a\n0,1.5\n", ["first column has no name", "index=False"]),
            (",0,1\n0,1.5,2.5\n", ["first column has no name", "index=False"]),
            ("1.5,x\n1,2\n", ["line 1, column 2", "'x' is no number"]),
            ("0,1\n1.5,2.5\n", ["header", "0,1"]),
            ("0\n1.5\n2.5\n", ["header"]),
            ('1,"2\n', ["not a .csv file"]),
            (b"\xff\xfe1\x00,\x002\x00", ["not a .csv file in UTF-8"]),
            ('1\n2\n"3"4\n', ["not a .csv file; up to line 3", "expected after"]),
            (b"1,\x002\n", ["x.csv"]),
            (b"PK\x03\x04\x00\xff", ["x.csv"]),
        ],
    )
    def test_what_could_be_misread_is_refused(self, tmp_path, text, words):
        shown = refused(written(tmp_path, text))
        for word in words:
            assert word in shown

    @pytest.mark.parametrize(
        ("first", "column"),
        [
            ("\u22121", 1),
            ('"1,5"', 1),
            ("'1", 1),
            ("1_0", 1),
            ("$1.5", 1),
            ("\u20ac 1.5", 1),
            ("1.2.3", 1),
            ("1.5 V", 1),
            ("-", 1),
            ("?", 1),
            ("null", 1),
            ("NULL,NULL", 1),
            ("none,1", 1),
            ("<NA>", 1),
            ("#N/A", 1),
            ("#VALUE!", 1),
            ("2020-01-01 00:00", 1),
            ("\u22121,\u22122", 1),
            ("nan,\u22122", 2),
            ("na,x", 2),
            ("x,1.5 V", 1),
            ("# 1", 1),
        ],
    )
    def test_a_first_row_that_looks_like_data_is_no_header(self, tmp_path, first, column):
        others = "2,3\n" if "," in first.replace('"1,5"', "") else "2\n"
        shown = refused(written(tmp_path, f"{first}\n{others}{others}"))
        assert f"line 1, column {column}: " in shown
        assert "is no number" in shown

    @pytest.mark.parametrize("names", ["x1", "lag 0", "# time", "$x_1$", "speed,", "nanometres,nullity"])
    def test_names_with_digits_and_signs_are_a_header(self, tmp_path, names):
        row = [1.0] * (names.count(",") + 1)
        text = f"{names}\n{','.join(map(str, row))}\n"
        np.testing.assert_array_equal(read_sequences(written(tmp_path, text)), [[row]])

    @given(st.binary(max_size=60))
    def test_nonsense_is_read_or_refused(self, tmp_path_factory, content):
        for suffix in (".csv", ".npz", ".npy"):
            path = written(tmp_path_factory.mktemp("any"), content, f"x{suffix}")
            with suppress(BadInput):  # and no other
                assert read_sequences(path).ndim == 3


class TestParquet:
    @pytest.fixture
    def frame(self, monkeypatch):
        def install(frame):
            monkeypatch.setattr(pd, "read_parquet", lambda path: frame)  # noqa: ARG005

        return install

    def test_a_table_of_numbers_is_one_sequence(self, frame, tmp_path):
        columns = {"a": [1, 2, 3], "b": pd.array([1.5, None, 2.5], dtype="Float64")}
        columns |= {"c": [True, False, True], "d": pd.array([True, None, False], dtype="boolean")}
        frame(pd.DataFrame(columns))
        numbers = [[1, 1.5, 1, 1], [2, np.nan, 0, np.nan], [3, 2.5, 1, 0]]
        np.testing.assert_array_equal(read_sequences(written(tmp_path, b"PAR1", "x.parquet")), [numbers])

    @pytest.mark.parametrize("column", [["a"], [1j], pd.to_datetime(["2021-01-20"]), pd.Categorical([1])])
    def test_other_columns_are_named(self, frame, tmp_path, column):
        frame(pd.DataFrame({"fine": [1.0], "odd": column}))
        assert "the column 'odd' is of" in refused(written(tmp_path, b"PAR1", "x.parquet"))

    def test_without_a_reader_there_is_a_conversion(self, tmp_path, monkeypatch):
        def missing(path):  # noqa: ARG001
            raise ImportError

        monkeypatch.setattr(pd, "read_parquet", missing)
        words = refused(written(tmp_path, b"PAR1", "x.parquet"))
        assert "pip install pyarrow" in words
        assert "to_csv('x.csv', index=False)" in words

    def test_another_file_is_refused(self, tmp_path):
        refused(written(tmp_path, b"no parquet", "x.parquet"))
        with pytest.raises(BadInput, match="cannot read"):
            read_sequences(tmp_path / "none.parquet")
