#!/bin/sh
# Edits the pictures of inbox/ that have no result in golden/ yet: for cron, see crontab.
set -eu
# What an earlier night paid for and could not save comes first; it costs nothing.
seedcli resume -q
for picture in inbox/*.jpg; do
  name=$(basename "$picture")
  if [ -e "$picture" ] && [ ! -e "golden/$name" ]; then
    printf '%s\0' "$picture"
  fi
done > .todo
if [ -s .todo ]; then
  seedcli edit --files-from .todo -0 "make it golden hour" -o 'golden/{stem}.jpg' --max-images 100 -q
fi
