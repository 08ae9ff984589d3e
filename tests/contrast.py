"""Contrast of two colours, as the Web Content Accessibility Guidelines define it."""

from matplotlib.colors import to_rgb

__all__ = ["contrast"]


def contrast(one, other):
    """The ratio, from 1 to 21. Colours are #rrggbb."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour):
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
