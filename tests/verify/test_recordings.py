"""The recordings are read as data, without importing the package that ships them."""

import subprocess
import sys

import numpy as np
import pytest

from verify import recordings
from verify.recordings import DURATION_MS, envelope, firing_rate, sequences, spike_times

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


@nitime
@pytest.mark.parametrize(("recording", "spikes"), [(1, 929), (2, 868)])
def test_spikes_are_on_the_clock_of_the_sound(recording, spikes):
    times = spike_times(recording)
    assert times.shape == (spikes,)
    assert np.all(np.diff(times) > 3)  # refractory
    assert 0 < times[0] < times[-1] < DURATION_MS == envelope(recording).size
    sound, rate = envelope(recording), firing_rate(recording, smoothing_ms=0)
    for second in range(10):  # a sound that were repeated, or paused, would move the latency
        window = np.arange(1000 * second + 20, 1000 * second + 1000)
        overlap = [np.corrcoef(rate[window], sound[window - lag])[0, 1] for lag in range(20)]
        assert np.argmax(overlap) in (6, 7)


@nitime
def test_the_firing_rate_counts_every_spike_and_smoothing_moves_none_far():
    times, counts = spike_times(2), firing_rate(2, smoothing_ms=0)
    assert counts.sum() / 1000 == pytest.approx(868)
    assert set(np.flatnonzero(counts)) == set(times.astype(int))
    assert firing_rate(2, bin_ms=5, smoothing_ms=0) == pytest.approx(counts.reshape(-1, 5).mean(1))
    smooth = firing_rate(2)
    assert smooth.shape == (10_000,)
    assert smooth.sum() == pytest.approx(counts.sum(), rel=1e-3)
    assert np.average(np.arange(10_000), weights=smooth) == pytest.approx(
        np.average(np.arange(10_000), weights=counts), abs=0.1
    )
    near = np.convolve(counts, np.ones(13), "same") > 0
    assert np.all(near == (smooth > 1e-9))
    alone = times[np.flatnonzero((np.diff(times)[1:] > 20) & (np.diff(times)[:-1] > 20))[0] + 1]
    shape = smooth[int(alone) - 6 : int(alone) + 7]
    np.testing.assert_allclose(shape / shape[6], np.exp(-(np.arange(-6, 7) ** 2) / 8))


@nitime
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"recording": 0}, "recording: must be one of"),
        ({"bin_ms": 0}, "bin_ms: must be between 1 and 10000, got 0"),
        ({"bin_ms": 10_001}, "bin_ms"),
        ({"smoothing_ms": -1.0}, "smoothing_ms: must be >= 0"),
        ({"smoothing_ms": float("nan")}, "smoothing_ms"),
        ({"smoothing_ms": 2000.0}, "smoothing_ms"),
    ],
)
def test_impossible_rates_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        firing_rate(**arguments)
    assert firing_rate(bin_ms=10_000, smoothing_ms=0).shape == (1,)


def test_without_nitime_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(recordings, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(ModuleNotFoundError, match=r"pip install nitime, .* pip install '\.\[real-data\]'"):
        envelope()


@nitime
def test_nitime_is_not_imported():
    code = "import sys, verify.recordings as r; r.sequences(10); sys.exit('nitime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_installation_without_the_recordings_says_so(tmp_path, monkeypatch):
    (tmp_path / "nitime").mkdir()
    (tmp_path / "nitime" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "nitime", raising=False)
    with pytest.raises(ModuleNotFoundError, match="installed without its recording"):
        recordings.envelope()
