#!/usr/bin/env bash
# Every picture with every prompt of a file: parallel.sh prompts.txt photos/*.jpg
#
# Several processes are safe: each edit is sent by one of them. Where only pictures vary, one
# process is simpler and keeps one pace for all: seedcli edit photos/*.jpg "make it snow" -j 4
set -euo pipefail
prompts=$1
shift
parallel --quote --jobs 4 --halt soon,fail=5 \
  seedcli edit '{1}' -p '{2}' -o 'made/{stem}-{id}.jpg' -q ::: "$@" :::: "$prompts"
