"""One look for all pictures: sizes for papers, colours that colour-blind people can tell apart."""
import re

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap

WIDTH = 7.0  # inches, a text page
# Okabe and Ito, https://jfly.uni-koeln.de/color/
BLUE, VERMILION, GREEN, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9"
SERIES = [BLUE, VERMILION, GREEN, PURPLE, SKY]
INK, GREY = "#222222", "#8a8a8a"
# White for no mass, then darkening blue, never so dark that black streamlines over it are lost.
DENSITY = LinearSegmentedColormap.from_list("density", ["#ffffff", "#dbe9f5", "#a9cde6", "#6ba7d3", "#2f79b5"])

GREEK = {"alpha", "beta", "gamma", "delta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau",
         "phi", "psi", "omega", "epsilon"}
WRITTEN = {"sigma2": r"\sigma^2", "T_c": "T_c", "T_star": "T^*"}  # names that the rules below would misread

RC = {
    "font.family": "serif", "font.serif": ["STIXGeneral", "DejaVu Serif"], "mathtext.fontset": "stix", "font.size": 9.5,
    "axes.titlesize": 10, "axes.labelsize": 10, "legend.fontsize": 8.5, "xtick.labelsize": 8.5, "ytick.labelsize": 8.5,
    "axes.linewidth": 0.6, "axes.edgecolor": INK, "axes.spines.top": False, "axes.spines.right": False,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.direction": "out", "ytick.direction": "out",
    "legend.frameon": False, "lines.linewidth": 1.5, "figure.dpi": 100, "savefig.dpi": 220,
    "savefig.bbox": "tight", "savefig.pad_inches": 0.06, "figure.facecolor": "white",
    "axes.formatter.limits": (-3, 4), "axes.formatter.use_mathtext": True,
}


def figure(*args, **kwargs):
    """A figure in this style with a layout that leaves room for labels."""
    plt.rcParams.update(RC)
    return plt.figure(*args, layout="constrained", **kwargs)


def symbol(name):
    """A name as mathematics, without dollars: x1 -> x_{1}, theta -> \\theta, longer words upright."""
    if name in WRITTEN:
        return WRITTEN[name]
    word, number = re.fullmatch(r"(.*?)_?(\d*)", name).groups()
    if not word or len(word) > 1 and word not in GREEK:
        return r"\mathrm{" + name.replace("_", r"\ ") + "}"
    return (rf"\{word}" if word in GREEK else word) + (f"_{{{number}}}" if number else "")


def math(name):
    return f"${symbol(name)}$"


def observable_label(name):
    """mean.v -> mean of v, cov.v.v -> variance of v."""
    kind, *of = name.split(".")
    if kind == "cov" and len(of) == 2:
        return f"variance of {math(of[0])}" if of[0] == of[1] else f"covariance of {math(of[0])}, {math(of[1])}"
    return f"{kind} of {math(of[0])}" if kind in ("mean", "mode") and len(of) == 1 else name.replace("_", " ")


def number(value, digits=4):
    """A number for people, 1.2e-05 as mathematics."""
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    text = mantissa if not exponent else rf"{mantissa}\times 10^{{{int(exponent)}}}"
    return f"${text}$"
