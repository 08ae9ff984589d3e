"""Fixtures that several test files share."""

import pytest


@pytest.fixture(scope="session")
def synthetic_data(tmp_path_factory):
    """Return a folder, usable as CS231N_DATA, with the synthetic stand-in for CIFAR-10 (made once, in seconds)."""
    from cs231n.synthetic import make_synthetic

    folder = tmp_path_factory.mktemp("data")
    make_synthetic(folder)
    return folder
