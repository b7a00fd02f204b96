#!/bin/sh
# Names the system libraries that are missing for the window (argument `window`) or for the tests (`test`),
# with the line that installs them; as root on Debian or Ubuntu it installs them.
missing="" packages=""
library() { # soname, Debian package
    ldconfig -p 2>/dev/null | grep -q "$1" || { missing="$missing $1"; packages="$packages $2"; }
}
program() {
    command -v "$1" >/dev/null || { missing="$missing $1"; packages="$packages $2"; }
}
library libxkbcommon-x11.so.0 libxkbcommon-x11-0
library libX11.so.6 libx11-6
library libXcursor.so.1 libxcursor1
library libXi.so.6 libxi6
library libEGL.so.1 libegl1
library libGL.so.1 libgl1
library libvulkan.so.1 libvulkan1
library libgomp.so.1 libgomp1
[ -n "$(find /usr/lib /usr/local/lib -name '*_dri.so' -o -name 'libgallium*.so' 2>/dev/null | head -n 1)" ] || { missing="$missing mesa"; packages="$packages libgl1-mesa-dri"; }
if [ "$1" = test ]; then
    [ -n "$(find /usr/share/vulkan/icd.d /etc/vulkan/icd.d -name '*.json' 2>/dev/null | head -n 1)" ] || { missing="$missing vulkan-driver"; packages="$packages mesa-vulkan-drivers"; }
    program Xvfb xvfb
    program xdotool xdotool
    program import imagemagick
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing system libraries:$packages"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >/dev/null || exit 1
    exit 0
fi
echo "Missing for the $1:$missing" >&2
echo "Install them with: sudo apt-get install$packages   (Debian, Ubuntu; on Fedora: dnf install mesa-dri-drivers mesa-vulkan-drivers libxkbcommon-x11 vulkan-loader libXcursor libXi)" >&2
[ "$1" = window ] && [ -z "$DISPLAY$WAYLAND_DISPLAY" ] && exit 0
exit 1
