#!/bin/sh
# A Relay worker in a shell: takes a job, runs it, says how it went, and takes the next.
#
#   RELAY_URL       the gateway; http://127.0.0.1:8080
#   RELAY_API_KEY   a key with the role `worker`, if the gateway wants one
#   QUEUE           the queue; emails
#   HANDLER         a program that gets the payload on stdin; its last line of output is the result,
#                   an exit code of 0 means success; ./handler.sh
#   MAX_JOBS        ends after so many jobs; 0: never
#
# Needs curl (7.76 or newer) and jq.
set -u

RELAY_URL=${RELAY_URL:-http://127.0.0.1:8080}
QUEUE=${QUEUE:-emails}
HANDLER=${HANDLER:-$(dirname "$0")/handler.sh}
MAX_JOBS=${MAX_JOBS:-0}
WORKER_ID="curl-$(hostname | tr -cd 'A-Za-z0-9-')-$$"
LEASE_MS=30000

work=$(mktemp -d) || exit 1
stopping=
trap 'rm -rf "$work"' EXIT
trap 'stopping=1' INT TERM

# POST a body from stdin to a path: the answer goes to stdout. The key is handed to curl through a
# file that only we can read, not as an argument, which every user of the machine could see.
umask 077
if [ -n "${RELAY_API_KEY:-}" ]; then
  printf 'header = "Authorization: Bearer %s"\n' "$RELAY_API_KEY" >"$work/curlrc"
else
  : >"$work/curlrc"
fi
post() {
  curl --silent --show-error --fail-with-body --max-time 60 --config "$work/curlrc" \
    --header 'Content-Type: application/json' --data-binary @- "$RELAY_URL$1"
}

# Extends the lease at a third of its time, until it is killed.
heartbeat() {
  # A shell that sleeps hears a signal only afterwards, one that waits hears it at once.
  trap 'kill "$nap" 2>/dev/null; exit' TERM
  while :; do
    sleep $((LEASE_MS / 3000)) &
    nap=$!
    wait "$nap"
    printf '{"items":[{"leaseToken":"%s","leaseMs":%d}]}' "$1" "$LEASE_MS" |
      post /v1/leases/extend >/dev/null
  done
}

# Says how the job ended, again and again until the gateway has heard it: a token settles only once,
# so saying it twice does no harm.
settle() {
  while ! post /v1/leases/settle <"$work/settlement" >"$work/settled"; do
    printf '%s: settle failed, again in a second\n' "$WORKER_ID" >&2
    sleep 1
  done
}

run() {
  token=$(jq -r '.leases[0].leaseToken' "$work/claim")
  heartbeat "$token" &
  beat=$!
  jq -c '.leases[0].job.payload' "$work/claim" | "$HANDLER" >"$work/output" 2>"$work/errors"
  code=$?
  kill "$beat" 2>/dev/null
  wait "$beat" 2>/dev/null
  if [ "$code" -eq 0 ]; then
    tail -n 1 "$work/output" |
      jq -cR --arg token "$token" \
        '{items: [{leaseToken: $token, outcome: "complete", result: (fromjson? // .)}]}'
  else
    jq -cRs --arg token "$token" --arg name "Exit$code" \
      '{items: [{leaseToken: $token, outcome: "fail", error: {name: $name, message: .[0:2000]}}]}' \
      "$work/errors"
  fi >"$work/settlement"
  settle
}

done_jobs=0
printf '%s works on %s at %s\n' "$WORKER_ID" "$QUEUE" "$RELAY_URL"
while [ -z "$stopping" ]; do
  printf '{"workerId":"%s","queues":["%s"],"leaseMs":%d,"waitMs":20000}' \
    "$WORKER_ID" "$QUEUE" "$LEASE_MS" | post /v1/leases >"$work/claim" || {
    # Away, overloaded or restarting: it is worth another try.
    sleep 1
    continue
  }
  [ "$(jq '.leases | length' "$work/claim")" -gt 0 ] || continue
  run
  done_jobs=$((done_jobs + 1))
  [ "$MAX_JOBS" -eq 0 ] || [ "$done_jobs" -lt "$MAX_JOBS" ] || break
done
printf '%s has done %d jobs\n' "$WORKER_ID" "$done_jobs"
