"""Signature of the nearest neighbor classifier."""

from autograder import ClassSignature, Signature

__all__ = ["SIGNATURES"]

DISTANCES = Signature(("dists",))

SIGNATURES = {
    "KNearestNeighbor": ClassSignature(
        methods={
            "train": Signature(()),
            "compute_distances_two_loops": DISTANCES,
            "compute_distances_one_loop": DISTANCES,
            "compute_distances_no_loops": DISTANCES,
            "predict": Signature(("y_pred",)),
        }
    )
}
