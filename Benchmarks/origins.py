#!/usr/bin/env python3
"""Checks that the places which `belay render --origins` names are the places that matter.

  origins.py DIR... [--belay PATH] [--trials 500] [--seed 1] [--show 20] [--require 99]

DIR holds overlays, at any depth. One trial: take a scalar of a rendering at random, go to the line and column that are
named as its origin, write another value there into the text of that file, and render again in a new process. This scalar
must have changed, and no scalar whose places (origin and chain) do not name that line. Not valid there is a value that
the rendering refuses, one that makes objects or fields come and go, and one by which a patch or reference no longer finds
the object that it is for (so that its field falls back to what its chain says it replaced): another is tried then, and
after some another scalar is drawn; how often, and for which fields, is told. Copies of the folders are edited.
"""
import argparse, collections, json, os, pathlib, random, re, shutil, subprocess, sys, tempfile

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
EVERYTHING = ["--reorder", "none", "--load-restrictor", "LoadRestrictionsNone", "-o", "json"]


def render(belay, folder, *more):
    done = subprocess.run([belay, "render", str(folder), *EVERYTHING, *more], capture_output=True, timeout=120)
    return json.loads(done.stdout) if done.returncode == 0 else None


def scalars(value, pointer=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from scalars(inner, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from scalars(inner, f"{pointer}/{index}")
    else:
        yield pointer, value


class Rendering:
    """The scalars of one rendering, by object and pointer, with their places."""

    def __init__(self, belay, folder):
        self.fields, self.places = {}, {}
        plain, traced = render(belay, folder), render(belay, folder, "--origins")
        self.isValid = plain is not None and traced is not None
        if not self.isValid:
            return
        for index, item in enumerate(plain["items"]):
            for pointer, value in scalars(item):
                self.fields[index, pointer] = value
        for entry in traced:
            self.places[entry["object"]["index"], entry["field"]] = entry

    def shape(self):
        return set(self.fields)

    def hasFallenBack(self, field, after):
        """Whether a scalar is again what it was before something set it that no longer does."""
        before, after = self.places.get(field), after.places.get(field)
        if not before or not after:
            return False
        return before["origin"] != after["origin"] and after["origin"] in before["chain"]

    def names(self, field, file, line):
        entry = self.places.get(field)
        if entry is None:
            return False
        for place in [entry["origin"], *entry["chain"]]:
            if place and place["file"] == file:
                first, last = place.get("lines", [place["line"]] * 2)
                if min(first, place["line"]) <= line <= max(last, place["line"]):
                    return True
        return False


def others(text):
    """Other values in the place of one, of its kind."""
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return [str(int(text) + 1), str(int(text) + 7)]
    flip = {"true": "false", "false": "true", "yes": "no", "no": "yes", "on": "off", "off": "on"}
    if text.lower() in flip:
        return [flip[text.lower()]]
    if text in ("", "null", "~"):
        return ["changed"]
    if re.fullmatch(r"[-+]?[0-9]*\.[0-9]+", text):
        return [text + "1", "1" + text]
    grown = re.sub(r"[A-Za-z]+", lambda m: m.group() + "x", re.sub(r"[0-9]+", lambda m: m.group() + "1", text))
    counted = re.sub(r"[0-9]+$", lambda m: str(int(m.group()) + 1), text)
    # Base64 stays base64.
    encoded = "QUJD" + text if re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text) and len(text) % 4 == 0 else text
    return [other for other in (text + "x", text + "1", "x" + text, grown, counted, encoded) if other != text]


def token(line, column):
    """The scalar that begins at a column (from 0) of a line: its range, without quotes."""
    begin = column
    marked = re.compile(r"[&!][^\s]*\s+").match(line, begin)
    while marked:
        begin = marked.end()
        marked = re.compile(r"[&!][^\s]*\s+").match(line, begin)
    if begin < len(line) and line[begin] in "'\"":
        quote, end = line[begin], begin + 1
        while end < len(line) and line[end] != quote:
            end += 2 if quote == '"' and line[end] == "\\" else 1
        return begin + 1, min(end, len(line))
    end = begin
    while end < len(line) and not re.match(r"[,\]}]|:(\s|$)|\s#", line[end:end + 2]):
        end += 1
    return begin, len(line[:end].rstrip()) if end > begin else end


def edits(lines, place, rest, chance):
    """Other texts of the file: (line number, its new text)."""
    number, column = place["line"], place["column"] - 1
    if number > len(lines):
        return
    line = lines[number - 1]
    mark = re.match(r"([&!]\S*\s+)*[|>][-+0-9]*\s*(#.*)?$", line[column:])
    if "lines" in place or mark:
        first, last = place.get("lines", [number + 1, number + 1])
        filled = [n for n in range(first, min(last, len(lines)) + 1) if lines[n - 1].strip()]
        if not filled:
            return
        number = chance.choice(filled)
        line = lines[number - 1]
        words = list(re.finditer(r"[A-Za-z0-9]+", line))
        for word in [chance.choice(words)] if words else []:
            for other in others(word.group()):
                yield number, line[:word.start()] + other + line[word.end():]
        return
    begin, end = (column, len(line.rstrip())) if rest else token(line, column)
    for other in others(line[begin:end]):
        yield number, line[:begin] + other + line[end:]


class Copies:
    """Copies of folders, made when first needed."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="belay-origins-"))
        self.made = {}

    def of(self, root):
        if root not in self.made:
            copy = self.folder / str(len(self.made)) / root.name
            shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
            self.made[root] = copy
        return self.made[root]


def overlays(folder):
    """Folders with a kustomization below one, each with the folder that is to be copied for it."""
    isProject = any((folder / name).exists() for name in ("belay.yaml", ".git"))
    found = []
    for path, _, files in os.walk(folder):
        if any(name in files for name in NAMES):
            inside = pathlib.Path(path).relative_to(folder)
            root = folder if isProject or not inside.parts else folder / inside.parts[0]
            found.append((root, pathlib.Path(path).relative_to(root)))
    return sorted(found)


def located(overlay, name):
    """The file that an origin names: from the project's root, where there is one."""
    root = overlay
    while not (root / "belay.yaml").exists() and root != root.parent:
        root = root.parent
    return root / name


def trial(belay, overlay, before, field, chance):
    """'ok', 'void', or what is wrong."""
    place = before.places[field]["origin"]
    path = located(overlay, place["file"])
    old = path.read_bytes()
    lines = old.decode(errors="surrogateescape").split("\n")
    rest = path.suffix not in (".yaml", ".yml", ".json") and path.name not in NAMES
    failure = "void"
    try:
        for number, text in edits(lines, place, rest, chance):
            changed = list(lines)
            changed[number - 1] = text
            path.write_bytes("\n".join(changed).encode(errors="surrogateescape"))
            after = Rendering(belay, overlay)
            if not after.isValid or after.shape() != before.shape():
                continue
            moved = [key for key in before.fields if before.fields[key] != after.fields[key]]
            # A folded text is named by the line of its mark.
            named = number if "lines" in place else place["line"]
            foreign = [key for key in moved if not before.names(key, place["file"], named)]
            if any(before.hasFallenBack(key, after) for key in foreign):
                continue
            where = f"{place['file']}:{number}: {lines[number - 1].strip()[:60]} → {text.strip()[:60]}"
            if foreign:
                return f"{field[1]} at {where}: changes {foreign[0][1]} of object {foreign[0][0]} too ({len(foreign)})"
            if field in moved:
                return "ok"
            failure = f"{field[1]} is not changed by {where}"
    finally:
        path.write_bytes(old)
    return failure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--belay", default=".build/release/belay")
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--require", type=float, default=99)
    options = parser.parse_args()
    chance, copies = random.Random(options.seed), Copies()
    all_overlays = [o for folder in options.folders for o in overlays(folder.resolve())]
    if not all_overlays:
        sys.exit("there is no kustomization in these folders")
    known, counts, total, failures, voids = {}, collections.Counter(), collections.Counter(), [], collections.Counter()
    try:
        for root, inside in all_overlays:
            overlay = copies.of(root) / inside
            before = known[root, inside] = Rendering(options.belay, overlay)
            for key in before.fields:
                entry = before.places.get(key)
                total["scalars"] += 1
                if entry is None or entry["origin"] is None or entry["origin"]["line"] == 0:
                    total["without a place"] += 1
                    failures.append(f"{overlay}: {key} has no place")
                total["synthesised"] += bool(entry and entry.get("synthesised") == "whole")
                total["with a hash"] += bool(entry and entry.get("synthesised") == "part")
        usable = [o for o in all_overlays if known[o].fields]
        while counts["ok"] + counts["wrong"] < options.trials and sum(counts.values()) < 20 * options.trials:
            root, inside = chosen = chance.choice(usable)
            before = known[chosen]
            field = chance.choice(list(before.fields))
            entry = before.places.get(field)
            if not entry or not entry["origin"] or entry.get("synthesised") == "whole":
                continue
            answer = trial(options.belay, copies.of(root) / inside, before, field, chance)
            counts[answer if answer in ("ok", "void") else "wrong"] += 1
            if answer == "void":
                voids[re.sub(r"/[0-9]+", "/*", field[1])] += 1
            elif answer != "ok":
                failures.append(f"{root.name}/{inside}: {answer}")
    finally:
        shutil.rmtree(copies.folder)
    for failure in failures[:options.show]:
        print(failure)
    print(f"{len(usable)} of {len(all_overlays)} overlays render; " + ", ".join(f"{n} {w}" for w, n in total.items()))
    print("no other value was valid for: " + ", ".join(f"{field} ({n})" for field, n in voids.most_common(12)))
    done = counts["ok"] + counts["wrong"]
    share = 100 * counts["ok"] / max(done, 1)
    print(f"{counts['ok']} of {done} trials hold ({share:.1f} %), {counts['void']} drawn in vain")
    sys.exit(0 if share >= options.require and not total["without a place"] else 1)


if __name__ == "__main__":
    main()
