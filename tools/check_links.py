#!/usr/bin/env python3
"""Do the relative links and pictures of the Markdown pages lead to files?  Usage: check_links.py [ROOT]; status 1 if not."""
import os
import re
import sys
from urllib.parse import unquote

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.M | re.S)
SKIPPED = re.compile(r"^(build.*|runs|\..*)$")


def pages(root):
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not SKIPPED.match(name))
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith(".md"))


def broken_links(page):
    with open(page, encoding="utf-8") as stream:
        text = CODE.sub("", stream.read())
    for target in LINK.findall(text):
        path = unquote(target.split("#")[0])
        if path and "://" not in path and not path.startswith("mailto:"):
            if not os.path.exists(os.path.join(os.path.dirname(page), path)):
                yield target


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    found = [f"{page}: {target} does not exist" for page in pages(root) for target in broken_links(page)]
    print("\n".join([*found, f"{len(found)} broken link(s)"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
