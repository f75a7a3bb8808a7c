#!/usr/bin/python3
"""What ranks send one another, from the shapes of their boxes, and what it costs: the tables of docs/scaling.md.

    tools/scaling_model.py            prints the tables
    tools/scaling_model.py --write    puts them into the page

Volumes follow from the definitions alone, none is measured; COUNTED has what the program counted for the same cases.
"""
import itertools
import math
import pathlib
import re
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "scaling.md"

# A machine, assumed: nodes of 64 cores that share a link of 25 GB/s, a core with 512-bit vectors.
LATENCY = 2e-6          # s a message
BANDWIDTH = 0.4e9       # bytes/s a rank, all ranks sending at once
HOP = 3e-6              # s a step of an allreduce, of which there are log2(ranks)
OPERATOR = {2: 300e6, 4: 130e6}  # cells/s a core, by dimension: order 2 in the plane, order 8 in four dimensions
CYCLE = 40e6            # cells/s a core of a V-cycle
COARSEST = .4e-3        # s for solving with the factors of 50 x 50 cells
PRODUCTS = 60e9         # flop/s a core of products of matrices in single precision

GATHERED_CELLS = 4096  # of multigrid, as in src/la/multigrid.cpp
SWEEPS = 2  # of red-black Gauss-Seidel on the way down, and up
WIDEST, NARROWEST, STRIPS = 64, 16, 6     # of tiles, as in src/la/tiled_sylvester.cpp

# What tests/benchmark/traffic.cpp counts on rank 0: (messages, bytes) of one exchange, of one V-cycle.
COUNTED = {
    "border of the operator, 1600², order 2, 2 ranks": (1, 12800),
    "border of the operator, 1600², order 2, 4 ranks": (2, 12800),
    "border of the operator, 128³, order 6, 2 ranks": (1, 393216),
    "border of the operator, 128³, order 6, 4 ranks": (2, 393216),
    "border of the operator, 40⁴, order 8, correlated noise, 2 ranks": (1, 2048000),
    "border of the operator, 40⁴, order 8, correlated noise, 4 ranks": (3, 2252800),
    "V-cycle with its gathering, 1600², 2 ranks": (45, 220400),
    "V-cycle with its gathering, 1600², 4 ranks": (95, 225432),
    "V-cycle with its gathering, 128³, 4 ranks": (57, 1442560),
}


def direct_cells(dimension):
    """Of la::Multigrid."""
    return 3000 if dimension <= 2 else 300


def split(shape, ranks):
    """Boxes an axis: the factors of `ranks` with the smallest surface, among equals those that cut the first axes."""
    def factors(count, axes):
        if axes == 1:
            return [(count,)]
        return [(f, *rest) for f in range(1, count + 1) if count % f == 0 for rest in factors(count // f, axes - 1)]

    def surface(parts):
        return sum((p - 1) * math.prod(shape) // n for p, n in zip(parts, shape))
    fitting = [parts for parts in factors(ranks, len(shape)) if all(p <= n for p, n in zip(parts, shape))]
    return min(reversed(fitting), key=surface)


def boxes(shape, parts):
    """Lower and upper bounds of every rank's box."""
    cuts = [[n * i // p for i in range(p + 1)] for n, p in zip(shape, parts)]
    return [tuple((cuts[d][i], cuts[d][i + 1]) for d, i in enumerate(place))
            for place in itertools.product(*(range(p) for p in parts))]


def shared(sender, receiver, width, corners):
    """Cells of one box within `width` of another along one axis, or along any number of axes."""
    def overlap(d, reach):
        (a, b), (lower, upper) = sender[d], receiver[d]
        return max(0, min(b, upper + reach) - max(a, lower - reach))
    axes = range(len(sender))
    inside = [overlap(d, 0) for d in axes]
    around = [overlap(d, width) for d in axes]
    if corners:
        return math.prod(around) - math.prod(inside)
    return sum((around[d] - inside[d]) * math.prod(inside[e] for e in axes if e != d) for d in axes)


def sent(all_boxes, rank, width, corners):
    """(messages, bytes) of one exchange, by one rank."""
    cells = [shared(all_boxes[rank], other, width, corners) for k, other in enumerate(all_boxes) if k != rank]
    return sum(c > 0 for c in cells), 8 * sum(cells)


def inner(extents, width, corners, parts):
    """(messages, bytes) of a rank with neighbours on both sides of every axis that is cut: the formulas of the page."""
    cut = [p > 1 for p in parts]
    if corners:
        wide = math.prod(n + 2 * width * c for n, c in zip(extents, cut))
        return 3**sum(cut) - 1, 8 * (wide - math.prod(extents))
    return 2 * sum(cut), 8 * sum(2 * width * math.prod(extents) // n for n, c in zip(extents, cut) if c)


def halved(all_boxes):
    """The coarse cells of every rank: cell i has the owner of cell 2i."""
    return [tuple((-(-a // 2), -(-b // 2)) for a, b in box) for box in all_boxes]


def hierarchy(shape, parts):
    """Lattices of the levels that are spread over ranks: (shape, boxes, whether coarse cells have parts of two ranks)."""
    levels, current = [], boxes(shape, parts)
    while math.prod(shape) > direct_cells(len(shape)):
        odd = any(bound % 2 for box in current for d, (_, bound) in enumerate(box) if bound < shape[d])
        levels.append((shape, current, odd))
        shape, current = tuple(-(-n // 2) for n in shape), halved(current)
        if math.prod(shape) <= GATHERED_CELLS or any(a == b for box in current for a, b in box):
            break
    return levels, shape


def exchanges(level, odd):
    """How often a level fills its border: (beside cells, also around corners)."""
    return 4 * SWEEPS, (level > 0) + odd


def gathering(all_boxes, rank):
    """(messages, bytes) by which one rank tells all others its cells."""
    return len(all_boxes) - 1, 8 * (len(all_boxes) - 1) * math.prod(b - a for a, b in all_boxes[rank])


def cycle(shape, parts, rank):
    """(exchanges, messages, bytes) of one V-cycle by one rank, and what is gathered on all ranks."""
    levels, gathered = hierarchy(shape, parts)
    count, messages, volume = 0, 0, 0
    for k, (_, all_boxes, odd) in enumerate(levels):
        for times, corners in zip(exchanges(k, odd), (False, True)):
            one = sent(all_boxes, rank, 1, corners)
            count, messages, volume = count + times, messages + times * one[0], volume + times * one[1]
    return count, messages, volume, len(levels), gathered


def strips(size, ranks):
    width = min(max(size // (STRIPS * ranks), NARROWEST), WIDEST)
    return -(-size // width), width


def kronecker(cells, ranks):
    """Of two groups of as many cells: bytes that a rank sends by all-to-all, waves, bytes that it receives from waves."""
    count, _ = strips(math.isqrt(cells), ranks)
    return 4 * 4 * cells / ranks * (1 - 1 / ranks), 2 * count - 1, 4 * cells * (1 - 1 / ranks)


def power(n, d):
    return f"{n}" + "²³⁴"[d - 2]


def table(header, lines):
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header),
                      *("| " + " | ".join(map(str, line)) + " |" for line in lines)])


def kilobytes(value):
    return f"{value / 1e3:.3g}" if value < 1e6 else f"{value / 1e3:,.0f}".replace(",", " ")


def box_text(extents):
    return " × ".join(map(str, extents))


def halo_table():
    lines = []
    for n, d, order, corners in ((4096, 2, 2, False), (512, 3, 6, False), (128, 4, 8, False), (128, 4, 8, True)):
        for ranks in (16, 256, 4096):
            parts = split((n,) * d, ranks)
            extents = [n // p for p in parts]
            messages, volume = inner(extents, order // 2, corners, parts)
            lines.append([f"{power(n, d)}, order {order}{', correlated' if corners else ''}", ranks, box_text(extents), messages,
                          kilobytes(volume), f"{volume / 8 / math.prod(extents):.2g}"])
    return table(["lattice", "ranks", "box", "messages", "kB", "border cells per own cell"], lines)


def cycle_table():
    lines = []
    for n, d in ((1600, 2), (4096, 2), (16384, 2), (512, 3)):
        for ranks in (4, 64, 1024):
            parts = split((n,) * d, ranks)
            middle = sum((p // 2) * math.prod(parts[k + 1:]) for k, p in enumerate(parts))
            count, messages, volume, levels, gathered = cycle((n,) * d, parts, middle)
            lines.append([power(n, d), ranks, levels, box_text(gathered), count, messages, kilobytes(volume), kilobytes(8 * math.prod(gathered))])
    return table(["lattice", "ranks", "spread levels", "gathered lattice", "exchanges", "messages", "kB", "kB gathered"], lines)


def kronecker_table():
    lines = []
    for n in (40, 64, 100):
        for ranks in (4, 64, 1024):
            volume, waves, received = kronecker(n**4, ranks)
            lines.append([power(n, 4), ranks, kilobytes(volume), waves, kilobytes(received)])
    return table(["lattice", "ranks", "kB by all-to-all", "allgathers", "kB received by them"], lines)


def short(value):
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}".replace(",", " ")


def reductions(ranks):
    return HOP * math.log2(ranks) if ranks > 1 else 0


def multigrid_seconds(n, d, ranks):
    """(compute, halos, reductions) of one iteration of BiCGStab: two operators of order 2, two V-cycles, six sums."""
    parts = split((n,) * d, ranks)
    own = n**d / ranks
    compute = 2 * own * (1 / OPERATOR[2] + 1 / CYCLE)
    if ranks == 1:
        return compute, 0, 0
    middle = sum((p // 2) * math.prod(parts[k + 1:]) for k, p in enumerate(parts))
    _, messages, volume, _, gathered = cycle((n,) * d, parts, middle)
    one = inner([n // p for p in parts], 1, False, parts)
    bottom = math.prod(gathered)  # every rank works on it alone
    compute += 2 * ((bottom / CYCLE if bottom > direct_cells(d) else 0) + COARSEST)
    halos = 2 * ((messages + one[0]) * LATENCY + (volume + one[1] + 8 * bottom) / BANDWIDTH)
    return compute, halos, (6 + 2) * reductions(ranks)


def kronecker_seconds(n, ranks):
    """One iteration of FGMRES with a Kronecker sum: an operator of order 8 with corners, a solve, four sums."""
    cells, side = n**4, n * n
    count, width = strips(side, ranks)
    tiles = [min(k, 2 * count - k) for k in range(1, 2 * count)]
    rounds = sum(-(-t // ranks) for t in tiles)
    per_tile = 2 * width**2 * side  # products with tiles that are solved already, the mean over tiles
    compute = cells / ranks / OPERATOR[4] + (8 * cells * side / ranks + rounds * per_tile) / PRODUCTS
    if ranks == 1:
        return compute, 0, 0
    parts = split((n,) * 4, ranks)
    one = inner([n // p for p in parts], 4, True, parts)
    volume, waves, received = kronecker(cells, ranks)
    sending = one[0] * LATENCY + (one[1] + volume + received) / BANDWIDTH + 4 * min(ranks, 64) * LATENCY
    return compute, sending, (4 + waves) * reductions(ranks)


def time_table():
    lines = []
    for name, seconds, counts in (("4096², order 2", lambda p: multigrid_seconds(4096, 2, p), (1, 16, 100, 1000, 10000)),
                                  ("16384², order 2", lambda p: multigrid_seconds(16384, 2, p), (1, 16, 100, 1000, 10000)),
                                  ("64⁴, order 8", lambda p: kronecker_seconds(64, p), (1, 16, 100, 1000, 10000)),
                                  ("100⁴, order 8", lambda p: kronecker_seconds(100, p), (1, 16, 100, 1000, 10000))):
        alone = sum(seconds(1))
        for ranks in counts:
            parts = seconds(ranks)
            lines.append([name, ranks, *(short(1e3 * t) for t in parts), short(alone / sum(parts)), f"{alone / sum(parts) / ranks:.2f}"])
    return table(["problem", "ranks", "compute ms", "messages ms", "reductions ms", "times faster", "efficiency"], lines)


def counted_cases():
    """(name, messages, bytes) of rank 0: exchanges of the operator's border, and V-cycles."""
    for n, d, order, corners, ranks in ((1600, 2, 2, False, 2), (1600, 2, 2, False, 4), (128, 3, 6, False, 2), (128, 3, 6, False, 4),
                                        (40, 4, 8, True, 2), (40, 4, 8, True, 4)):
        all_boxes = boxes((n,) * d, split((n,) * d, ranks))
        yield (f"border of the operator, {power(n, d)}, order {order}{', correlated noise' if corners else ''}, {ranks} ranks",
               *sent(all_boxes, 0, order // 2, corners))
    for n, d, ranks in ((1600, 2, 2), (1600, 2, 4), (128, 3, 4)):
        parts = split((n,) * d, ranks)
        _, messages, volume, _, _ = cycle((n,) * d, parts, 0)
        told = gathering(halved(hierarchy((n,) * d, parts)[0][-1][1]), 0)
        yield f"V-cycle with its gathering, {power(n, d)}, {ranks} ranks", messages + told[0], volume + told[1]


def counted_table():
    lines = []
    for name, messages, volume in counted_cases():
        lines.append([name, messages, volume, *COUNTED.get(name, ("to be counted", "to be counted"))])
    return table(["one of them, rank 0", "messages, by formula", "bytes, by formula", "messages, counted", "bytes, counted"], lines)


TABLES = {"halo": halo_table, "cycle": cycle_table, "kronecker": kronecker_table, "time": time_table, "counted": counted_table}


def with_tables(text):
    """The page with the tables between its marks."""
    for name, make in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        text = re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _, m=make: begin + m() + end, text, flags=re.S)
    return text


def main():
    if "--write" in sys.argv[1:]:
        PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print("\n\n".join(f"{name}\n{make()}" for name, make in TABLES.items()))


if __name__ == "__main__":
    main()
