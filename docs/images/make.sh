#!/bin/sh
# The picture of the README: the growth curves of a finished study's report, in light colours, 1280 pixels wide.
#   sh docs/images/make.sh runs/quickstart/report.html [PICTURE.png [SECTION [HEIGHT]]]
# Needs Chromium; CHROMIUM names another browser of its family.
set -eu
report=${1:?"which report.html?"}
picture=${2:-$(dirname "$0")/report.png}
section=${3:-growth}
height=${4:-940}
browser=${CHROMIUM:-}
for name in chromium chromium-browser google-chrome; do
  [ -n "$browser" ] || browser=$(command -v "$name" || true)
done
[ -n "$browser" ] || { echo "no Chromium here: install it, or name the browser in CHROMIUM" >&2; exit 1; }
[ -f "$report" ] || { echo "$report: no such report; a finished study has one" >&2; exit 1; }
folder=$(cd "$(dirname "$report")" && pwd)
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
# A frame scrolls to the section; a screenshot of the page itself is always of its top.
page="file://$folder/$(basename "$report")#$section"
echo "<!DOCTYPE html><body style='margin:0'><iframe src='$page' style='border:0;width:1280px;height:${height}px'>" \
  >"$profile/frame.html"
# --no-sandbox: inside a container the browser has no rights for one, and the page is our own.
"$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --user-data-dir="$profile" --hide-scrollbars --force-prefers-reduced-motion \
  --blink-settings=preferredColorScheme=1 --window-size="1280,$height" --virtual-time-budget=8000 \
  --screenshot="$picture" "file://$profile/frame.html" >/dev/null 2>"$profile/talk" ||
  { cat "$profile/talk" >&2; exit 1; }
[ -s "$picture" ] || { cat "$profile/talk" >&2; exit 1; }
echo "$picture"
