#!/bin/sh
# "Sends" an email: the payload comes on stdin, the last line of output is the job's result.
set -eu
payload=$(cat)
to=$(printf '%s' "$payload" | jq -er '.to') || {
  echo "the payload has no field \"to\"" >&2
  exit 1
}
echo "sending to $to" >&2
jq -nc --arg to "$to" '{sentTo: $to}'
