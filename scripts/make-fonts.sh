#!/bin/sh
# Makes the fonts in assets/fonts anew: Inter and JetBrains Mono cut to the characters a Latin interface needs,
# Inter with tabular figures as its only figures, and Phosphor cut to the icons that src/ui/icons.rs names.
# Needs npm and Python 3. Usage: scripts/make-fonts.sh
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install fonttools==4.60.1 brotli==1.1.0
for package in inter-ui@4.1.1 @fontsource/jetbrains-mono@5.3.0 @phosphor-icons/web@2.1.2; do
    archive=$(cd "$work" && npm pack --silent "$package")
    folder="$work/$(echo "$package" | sed 's/^@//; s/[/@].*//')"
    mkdir -p "$folder"
    tar xzf "$work/$archive" -C "$folder" --strip-components=1
done
"$work/venv/bin/python" - "$work" <<'PY'
import re, sys
from fontTools import subset
from fontTools.ttLib import TTFont

work, out = sys.argv[1], "assets/fonts"
latin = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x391, 0x3CA), *range(0x2010, 0x2016),
         *map(ord, "ȘșȚț‘’‚“”„†•…‰′″‹›⁄€™ℓΩ∂∆∏∑−√∞∫≈≠≤≥←↑→↓↔⌘×÷±"), 0x2009, 0x200A, 0x202F,
         *range(0x2070, 0x2072), *range(0x2074, 0x208F)]

def cut(source, target, codepoints, features=("kern",)):
    font = TTFont(source)
    if "GSUB" in font and "Inter" in target:
        table = font["GSUB"].table
        record = next(r for r in table.FeatureList.FeatureRecord if r.FeatureTag == "tnum")
        tabular = {}
        for index in record.Feature.LookupListIndex:
            for sub in table.LookupList.Lookup[index].SubTable:
                tabular.update(getattr(sub, "ExtSubTable", sub).mapping)
        for cmap in font["cmap"].tables:
            for code in range(0x30, 0x3A):
                if code in cmap.cmap:
                    cmap.cmap[code] = tabular.get(cmap.cmap[code], cmap.cmap[code])
    options = subset.Options()
    options.layout_features = list(features)
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codepoints)
    cutter.subset(font)
    font.flavor = None
    font.save(f"{out}/{target}")

cut(f"{work}/inter-ui/web/Inter-Regular.woff2", "Inter-Regular.ttf", latin)
cut(f"{work}/inter-ui/web/Inter-SemiBold.woff2", "Inter-SemiBold.ttf", latin)
mono = f"{work}/fontsource/files/jetbrains-mono-latin-400-normal.woff2"
cut(mono, "JetBrainsMono-Regular.ttf", latin, ())
icons = [int(code, 16) for code in re.findall(r"u\{(e[0-9a-f]{3})\}", open("src/ui/icons.rs").read())]
for weight, file in (("regular", "Phosphor.ttf"), ("fill", "Phosphor-Fill.ttf")):
    cut(f"{work}/phosphor-icons/src/{weight}/{file}", file, icons, ())
PY
cp "$work/inter-ui/LICENSE.txt" assets/fonts/Inter-LICENSE.txt
cp "$work/fontsource/LICENSE" assets/fonts/JetBrainsMono-LICENSE.txt
cp "$work/phosphor-icons/LICENSE" assets/fonts/Phosphor-LICENSE.txt
ls -l assets/fonts
