"""The recordings are read as data, without importing the package that ships them."""

import subprocess
import sys

import numpy as np
import pytest

from verify import recordings
from verify.recordings import envelope, sequences

nitime = pytest.mark.skipif(recordings.find_spec("nitime") is None, reason="extra real-data")


@nitime
@pytest.mark.parametrize("recording", recordings.RECORDINGS)
def test_an_envelope_is_ten_seconds_of_positive_amplitude(recording):
    signal = envelope(recording)
    assert signal.shape == (10_000,)
    assert signal.min() > 0
    assert envelope(recording, bin_ms=10) == pytest.approx(signal.reshape(1000, 10).mean(1))


@nitime
def test_sequences_are_consecutive_pieces_of_the_standardised_envelope():
    pieces = sequences(32)
    assert pieces.shape == (312, 32, 1)
    signal = envelope()
    np.testing.assert_allclose(pieces.ravel(), ((signal - signal.mean()) / signal.std())[: 312 * 32])
    np.testing.assert_array_equal(sequences(32, count=5), pieces[:5])


@nitime
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"length": 0}, "length: must be between 1 and 10000, got 0"),
        ({"length": 10_001}, "length: must be between 1 and 10000"),
        ({"length": 5000, "count": 3}, "count: must be between 1 and 2, got 3"),
        ({"length": 5, "recording": 3}, r"recording: must be one of \(1, 2\), got 3"),
        ({"length": 5, "bin_ms": 0}, "bin_ms: must be between 1 and 10000, got 0"),
    ],
)
def test_impossible_cuts_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sequences(**arguments)


def test_without_nitime_the_error_names_the_extra(monkeypatch):
    monkeypatch.setattr(recordings, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(ModuleNotFoundError, match=r"linear-rnn-ntk\[real-data\]"):
        envelope()


@nitime
def test_nitime_is_not_imported():
    code = "import sys, verify.recordings as r; r.sequences(10); sys.exit('nitime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
