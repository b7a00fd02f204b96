#!/bin/sh
# Renders every screen off-screen, dark and light, at 1280x800 doubled. Usage: screenshots.sh FOLDER
set -eu
mkdir -p "$1"
for screen in data train compare benchmark explore presenter; do
    for theme in dark light; do
        "${NEUROSCAN:-target/release/neuroscan}" screenshot --screen $screen --theme $theme --size 1280x800 --scale 2 --out "$1/$screen-$theme.png"
    done
done
