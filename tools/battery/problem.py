"""A problem with a known answer, as settings of the program."""
from dataclasses import dataclass, field


def formula(variables, drift, noise, domain=None):
    lines = ["[model]", "name = formula", "variables = " + " ".join(variables)]
    lines += [f"drift.{name} = {text}" for name, text in drift.items()]
    lines += [f"noise.{name} = {text}" for name, text in noise.items()]
    lines += [f"domain.{name} = {text}" for name, text in (domain or {}).items()]
    return "\n".join(lines) + "\n"


@dataclass
class Problem:
    """`truth`: name → (value or None where there is none, scale of rounding or None for the value's own size).
    `law`: has density(points…) and outside(lower, upper). `eigenvalues`: exact, by
    decreasing real part, more than the `count` that is asked for."""

    family: str
    body: str
    mesh: dict
    flux: str
    observe: str
    truth: dict
    kind: str
    law: object = None
    eigenvalues: list = field(default_factory=list)
    count: int = 0
    name: str = ""

    def settings(self):
        text = self.body + "[mesh]\n" + "".join(f"{axis} = {line}\n" for axis, line in self.mesh.items())
        text += f"[scheme]\nflux = {self.flux}\n"
        if self.observe:
            text += "[observe]\n" + self.observe
        if self.eigenvalues:
            text += f"[spectrum]\ncount = {self.count}\n"
        return text
